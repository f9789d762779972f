import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { downloadLog, readLog } from '#lib/builds/data.ts';
import { requestCancel, startBuild } from '#lib/builds/mutations.ts';
import { closeDatabase, configureDatabase } from '#lib/db/client.ts';
import { type StepInput, stepSchema } from '#lib/images/schema.ts';
import { checkStore } from '#lib/store/check-store.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { busyboxLayer } from '#tests/support/busybox-layer.ts';
import { pushImage } from '#tests/support/images.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import { openYard, reached, registryHost, until, type Yard } from '../worker/yard.ts';

let database: TestDatabase;
let registry: TestRegistry;
let yard: Yard;
let scope: Scope;
const mounted: string[] = [];
let yardWorkers: number[] = [];
const secretValue = 'sk_live_0123456789abcdefghij';

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  registry = await startRegistry({ auth: 'none' });
  yard = await openYard({ database, endpoint: registry.url });
  scope = await makeWorkspace();
  await yard.saveSecret({ scope, name: 'key', type: 'custom', values: { API_KEY: secretValue } });
  await pushImage({ registry, repository: 'team/tools', tag: '1', layers: [await busyboxLayer()] });
});
afterEach(async () => {
  yardWorkers = [];
  await yard.stopWorkers();
  for (const folder of mounted.splice(0)) execFileSync('sh', ['-c', 'umount "$1"', 'sh', folder]);
});
afterAll(async () => {
  await yard?.close();
  await registry?.stop();
  await closeDatabase();
  await database?.drop();
});

/** A file system of that size in the place of a folder of the yard. */
async function shrink(name: 'engine' | 'store', bytes: number): Promise<void> {
  const folder = path.join(yard.dataFolder, name);
  await mkdir(folder, { recursive: true });
  execFileSync('sh', ['-c', 'mount -t tmpfs -o "size=$1" tmpfs "$2"', 'sh', String(bytes), folder]);
  mounted.push(folder);
}

/** Starts a worker of the yard. */
async function startWorker(options: Parameters<Yard['startWorker']>[0] = {}) {
  const worker = await yard.startWorker(options);
  yardWorkers.push(worker.pid);
  return worker;
}

async function start(...steps: readonly StepInput[]): Promise<number> {
  const { number } = await startBuild({
    scope,
    input: {
      reference: `${registryHost}/team/tools:1`,
      platform: 'linux/amd64',
      secretName: null,
      steps: steps.map((step) => stepSchema.parse(step)),
    },
  });
  return number;
}

const run = (command: string, secrets: readonly string[] = []): StepInput => ({
  kind: 'run_commands',
  commands: [command],
  secrets: [...secrets],
});

async function ended(number: number) {
  return (await reached(scope, number, ['succeeded', 'failed', 'cancelled'], { withinMs: 60_000 })).view;
}

async function logOf(number: number): Promise<string> {
  let text = '';
  for await (const chunk of await downloadLog({ scope, number })) text += chunk;
  return text;
}

const says = (number: number, text: string) => until(async () => (await logOf(number)).includes(text));

/** What steps leave behind where they should leave nothing: mounts, containers, temporary files, copies of secrets. */
async function leftovers(): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n');
  const own = mounts.filter((line) => line.includes(yard.dataFolder) && !line.startsWith('tmpfs '));
  const root = path.join(yard.dataFolder, 'engine');
  const found: string[] = [];
  for (const folder of await readdir(root)) {
    for (const part of ['tmp', 'root/overlay-containers']) {
      const names = await readdir(path.join(root, folder, part)).catch(() => []);
      found.push(
        ...names.filter((name) => !/^containers\.(json|lock)$/.test(name)).map((name) => `${part}/${name}`),
      );
    }
  }
  const copies = execFileSync('sh', [
    '-c',
    'grep -rlF "$1" "$2" || true',
    'sh',
    secretValue,
    root,
  ]).toString();
  return [...own, ...found, ...copies.split('\n').filter((line) => line !== '')];
}

async function storeFaults(): Promise<readonly string[]> {
  const { findings } = await checkStore({
    root: path.join(yard.dataFolder, 'store'),
    expect: async () => ({ images: [], needed: new Set() }),
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  return findings.filter(({ isFault }) => isFault).map(({ subject, what }) => `${subject}: ${what}`);
}

const processesOf = (word: string) =>
  execFileSync('sh', ['-c', `pgrep -f "${word.slice(0, -1)}[${word.slice(-1)}]" || true`]).toString();

/** Of this yard's builds: others may run on this machine. */
function pidsOf(program: string): readonly number[] {
  const workers = new Set(yardWorkers);
  return processesOf(program)
    .split('\n')
    .filter((line) => line !== '')
    .map(Number)
    .filter((pid) => workers.has(parentOf(pid)));
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

/** Resident bytes at their most. */
function memoryOf(program: string): readonly number[] {
  return pidsOf(program).map((pid) => {
    try {
      return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
    } catch {
      return 0;
    }
  });
}

test('a step that fills the disk of the engine says so, and the next one has its room', async () => {
  await shrink('engine', 40_000_000);
  await startWorker();
  const view = await ended(await start(run('cat /dev/zero > /big')));
  expect(view.error).toMatchObject({ code: 'step_failed', what: 'A command ended with exit code 1' });
  expect(view.error?.why).toMatch(/Its last words: cat: write error: No space left on device$/);
  expect(view.error?.next).toContain('SLIPWAY_DATA/engine');
  expect(await leftovers()).toEqual([]);
  expect((await ended(await start(run('echo small > /small')))).error).toBeNull();
  // What fits as files and not beside its own archive fails in the engine itself.
  const wide = await ended(await start(run('head -c 25000000 /dev/urandom > /wide')));
  expect(wide.error).toMatchObject({ code: 'engine_disk_full' });
  expect(await leftovers()).toEqual([]);
});

test('a result that does not fit into the store fails as such, and leaves the store whole', async () => {
  await shrink('store', 20_000_000);
  await startWorker();
  const view = await ended(await start(run('head -c 40000000 /dev/urandom > /big')));
  expect(view.error).toMatchObject({ code: 'store_full' });
  expect(await storeFaults()).toEqual([]);
  expect(await leftovers()).toEqual([]);
  expect((await ended(await start(run('echo other > /small')))).error).toBeNull();
});

test('a step that prints without end is ended at a bound, in bounded memory, and its log is read at once', async () => {
  const worker = await startWorker();
  const number = await start(run('yes "a line of some length, as programs print them"'));
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, ...memoryOf(`build-process.ts`));
  }, 100);
  const view = await ended(number).finally(() => clearInterval(watching));
  expect(view.error, worker.output()).toMatchObject({ code: 'step_output' });
  expect(peak).toBeLessThan(400_000_000);
  expect(view.logLines).toBeGreaterThan(500_000);
  const startedAt = performance.now();
  const lines = await readLog({ scope, number, fromLine: 400_000, limit: 500 });
  expect(lines.map(({ text }) => text)).toContain('a line of some length, as programs print them');
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(await leftovers()).toEqual([]);
});

test('colours stay in the log, and what is no UTF-8 and no text of a database is marked', async () => {
  await startWorker();
  const number = await start(
    run(`printf '\\033[31mred\\033[0m \\377\\376 a\\000b \\303\\n'; yes | head -c 70000 | tr -d '\\n'; echo`),
  );
  expect((await ended(number)).error).toBeNull();
  const texts = (await readLog({ scope, number, fromLine: 1, limit: 2_000 })).map(({ text }) => text);
  expect(texts).toContain('\u001b[31mred\u001b[0m \ufffd\ufffd a\ufffdb \ufffd');
  // A line without an end is told in pieces.
  expect(texts.filter((text) => /^y+$/.test(text)).join('')).toHaveLength(35_000);
});

test('cancelled, a step that forks, detaches itself and ignores signals is gone with all it started', async () => {
  await startWorker();
  const number = await start(
    run('trap "" TERM INT HUP; (setsid sleep 87651 &); (sleep 87651 &); echo begun; sleep 87651', ['key']),
  );
  await says(number, '\nbegun\n');
  const askedAt = performance.now();
  await requestCancel({ scope, number });
  await until(() => processesOf('sleep 87651') === '');
  const tookMs = performance.now() - askedAt;
  expect((await ended(number)).state).toBe('cancelled');
  // Two seconds on a machine that has nothing else to do.
  expect(tookMs).toBeLessThan(6_000);
  await until(async () => (await leftovers()).length === 0);
});

test('killed in the middle of a step, process and worker leave nothing to the next start', async () => {
  const step = run('echo begun; sleep 87652', ['key']);
  const worker = await startWorker();
  const other = await startWorker({ env: { SLIPWAY_ENGINE: 'none' } });
  const number = await start(step);
  await says(number, '\nbegun\n');
  expect(await leftovers()).not.toEqual([]);
  // Both at once: nobody is left to end the step but the kernel.
  const processes = pidsOf('build-process.ts');
  for (const pid of [worker.pid, ...processes]) process.kill(pid, 'SIGKILL');
  await until(() => processesOf('sleep 87652') === '');
  // The next worker clears up, although another one of this machine runs.
  await startWorker();
  const own = (found: readonly string[]) => found.filter((each) => !each.includes('uploads'));
  await until(async () => (await logOf(number)).split('\nbegun\n').length === 3);
  for (const pid of pidsOf('build-process.ts')) process.kill(pid, 'SIGKILL');
  await until(async () => (await logOf(number)).split('\nbegun\n').length === 4);
  await requestCancel({ scope, number });
  expect((await ended(number)).state).toBe('cancelled');
  await until(async () => own(await leftovers()).length === 0);
  await other.stop();
});

test('two workers that build the same image at once both succeed, and one result is kept', async () => {
  await startWorker({ slots: 1 });
  await startWorker({ slots: 1 });
  const steps = [run('head -c 3000000 /dev/urandom > /same'), run('cat /same > /twice')];
  const numbers = await Promise.all([start(...steps), start(...steps)]);
  const views = await Promise.all(numbers.map(ended));
  expect(views.map(({ error }) => error)).toEqual([null, null]);
  const again = await ended(await start(...steps));
  expect(again.steps.map(({ state }) => state)).toEqual(['cached', 'cached']);
  expect(views.map(({ facts }) => facts.resultDigest)).toContain(again.facts.resultDigest);
  expect(await storeFaults()).toEqual([]);
  expect(await leftovers()).toEqual([]);
});
