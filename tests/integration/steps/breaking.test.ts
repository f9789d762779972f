import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readLog } from '#lib/builds/log/data.ts';
import { requestCancel } from '#lib/builds/mutations.ts';
import { checkStore } from '#lib/store/check-store.ts';
import { parentOf, peakMemoryBytes } from '#tests/support/process-status.ts';
import { until, type Yard } from '../worker/yard.ts';
import { openStepYard, runs, type StepYard, unmount } from './step-yard.ts';

let steps: StepYard;
let yard: Yard;
const mounted: string[] = [];
let yardWorkers: number[] = [];
const secretValue = 'sk_live_0123456789abcdefghij';

beforeAll(async () => {
  steps = await openStepYard();
  yard = steps.yard;
  const values = { API_KEY: secretValue };
  await yard.saveSecret({ scope: steps.scope, name: 'key', type: 'custom', values });
});
afterEach(async () => {
  yardWorkers = [];
  await yard.stopWorkers();
  for (const folder of mounted.splice(0)) unmount(folder);
});
afterAll(() => steps?.close());

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

const says = (number: number, text: string) => until(async () => (await steps.logOf(number)).includes(text));

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

test('a step that fills the disk of the engine says so, and the next one has its room', async () => {
  await shrink('engine', 40_000_000);
  await startWorker();
  const view = await steps.ended(await steps.start(runs('cat /dev/zero > /big')));
  expect(view.error).toMatchObject({ code: 'step_failed', what: 'A command ended with exit code 1' });
  expect(view.error?.why).toMatch(/Its last words: cat: write error: No space left on device$/);
  expect(view.error?.next).toContain('SLIPWAY_DATA/engine');
  expect(await leftovers()).toEqual([]);
  expect((await steps.ended(await steps.start(runs('echo small > /small')))).error).toBeNull();
  // What fits as files and not beside its own archive fails in the engine itself.
  const wide = await steps.ended(await steps.start(runs('head -c 25000000 /dev/urandom > /wide')));
  expect(wide.error).toMatchObject({ code: 'engine_disk_full' });
  expect(await leftovers()).toEqual([]);
});

test('a result that does not fit into the store fails as such, and leaves the store whole', async () => {
  await shrink('store', 20_000_000);
  await startWorker();
  const view = await steps.ended(await steps.start(runs('head -c 40000000 /dev/urandom > /big')));
  expect(view.error).toMatchObject({ code: 'store_full' });
  expect(await storeFaults()).toEqual([]);
  expect(await leftovers()).toEqual([]);
  expect((await steps.ended(await steps.start(runs('echo other > /small')))).error).toBeNull();
});

test('a step that prints without end is ended at a bound, in bounded memory, and its log is read at once', async () => {
  const worker = await startWorker();
  const number = await steps.start(runs('yes "a line of some length, as programs print them"'));
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, ...pidsOf('build-process.ts').map(peakMemoryBytes));
  }, 100);
  const view = await steps.ended(number).finally(() => clearInterval(watching));
  expect(view.error, worker.output()).toMatchObject({ code: 'step_output' });
  expect(peak).toBeGreaterThan(10_000_000);
  expect(peak).toBeLessThan(400_000_000);
  expect(view.logLines).toBeGreaterThan(500_000);
  const msToRead = async (fromLine: number) => {
    const startedAt = performance.now();
    const lines = await readLog({ scope: steps.scope, number, fromLine, limit: 500 });
    expect(lines.map(({ text }) => text)).toContain('a line of some length, as programs print them');
    return performance.now() - startedAt;
  };
  // Whatever comes before them.
  const bestMs = async (fromLine: number) => {
    let best = Number.POSITIVE_INFINITY;
    for (let times = 0; times < 5; times += 1) best = Math.min(best, await msToRead(fromLine));
    return best;
  };
  const firstMs = await bestMs(1_000);
  expect(await bestMs(400_000)).toBeLessThan(2_000 + 5 * firstMs);
  expect(await leftovers()).toEqual([]);
});

test('colours stay in the log, and what is no UTF-8 and no text of a database is marked', async () => {
  await startWorker();
  const number = await steps.start(
    runs(
      `printf '\\033[31mred\\033[0m \\377\\376 a\\000b \\303\\n'; yes | head -c 70000 | tr -d '\\n'; echo`,
    ),
  );
  expect((await steps.ended(number)).error).toBeNull();
  const texts = (await readLog({ scope: steps.scope, number, fromLine: 1, limit: 2_000 })).map(
    ({ text }) => text,
  );
  expect(texts).toContain('\u001b[31mred\u001b[0m \ufffd\ufffd a\ufffdb \ufffd');
  // A line without an end is told in pieces.
  expect(texts.filter((text) => /^y+$/.test(text)).join('')).toHaveLength(35_000);
});

test('cancelled, a step that forks, detaches itself and ignores signals is gone with all it started', async () => {
  await startWorker();
  const number = await steps.start(
    runs('trap "" TERM INT HUP; (setsid sleep 87651 &); (sleep 87651 &); echo begun; sleep 87651', ['key']),
  );
  await says(number, '\nbegun\n');
  await requestCancel({ scope: steps.scope, number });
  await until(() => processesOf('sleep 87651') === '');
  expect((await steps.ended(number)).state).toBe('cancelled');
  await until(async () => (await leftovers()).length === 0);
});

test('killed in the middle of a step, process and worker leave nothing to the next start', async () => {
  const step = runs('echo begun; sleep 87652', ['key']);
  const worker = await startWorker();
  const other = await startWorker({ env: { SLIPWAY_ENGINE: 'none' } });
  const number = await steps.start(step);
  await says(number, '\nbegun\n');
  expect(await leftovers()).not.toEqual([]);
  // Both, of which neither sees the other end: nobody is left to end the step but the kernel.
  worker.kill('SIGSTOP');
  for (const pid of pidsOf('build-process.ts')) process.kill(pid, 'SIGKILL');
  worker.kill('SIGKILL');
  await until(() => processesOf('sleep 87652') === '');
  // The next worker clears up, although another one of this machine runs.
  await startWorker();
  const own = (found: readonly string[]) => found.filter((each) => !each.includes('uploads'));
  await until(async () => (await steps.logOf(number)).split('\nbegun\n').length === 3);
  for (const pid of pidsOf('build-process.ts')) process.kill(pid, 'SIGKILL');
  await until(async () => (await steps.logOf(number)).split('\nbegun\n').length === 4);
  await requestCancel({ scope: steps.scope, number });
  expect((await steps.ended(number)).state).toBe('cancelled');
  await until(async () => own(await leftovers()).length === 0);
  await other.stop();
});

test('two workers that build the same image at once both succeed, with one result', async () => {
  await startWorker({ slots: 1 });
  await startWorker({ slots: 1 });
  const same = [runs('head -c 3000000 /dev/urandom > /same'), runs('cat /same > /twice')];
  const numbers = await Promise.all([steps.start(...same), steps.start(...same)]);
  const views = await Promise.all(numbers.map(steps.ended));
  expect(views.map(({ error }) => error)).toEqual([null, null]);
  const again = await steps.ended(await steps.start(...same));
  expect(again.steps.map(({ state }) => state)).toEqual(['cached', 'cached']);
  const digests = [...views, again].map(({ facts }) => facts.resultDigest);
  expect(new Set(digests).size).toBe(1);
  expect(await storeFaults()).toEqual([]);
  expect(await leftovers()).toEqual([]);
});
