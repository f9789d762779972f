import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { endProcess, spawnBound } from './bound-process.ts';
import { parentOf, startOf } from './process-status.ts';
import { freePort } from './registry.ts';

const projectRoot = path.resolve(import.meta.dirname, '../..');
const launcher = path.join(projectRoot, 'bin', 'slipway.mjs');

/** A Slipway under test, as `npm start` starts it. */
export interface RunningSlipway {
  readonly url: string;
  /** Of the launcher, which is the supervisor too when both need the same Node. */
  readonly pid: number;
  /** All that it wrote so far. */
  output(): string;
  /** Its processes by what they are; throws when one is not there. */
  find(what: keyof typeof commands): Promise<number>;
  /** Every process of it that lives. */
  family(): Promise<readonly number[]>;
  /** Asks it to end and comes back with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Ends the supervisor and its launcher, and nothing else, at once. */
  kill(): Promise<void>;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of one's own for the data of a test; `remove` takes it away. */
export async function makeDataFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-start-'));
  return { path: path.join(folder, 'data'), remove: () => rm(folder, { recursive: true }) };
}

/** Builds what `npm start` would build, so that tests measure starting. */
export async function prepareSlipway(): Promise<void> {
  const { code, stderr } = await runSlipway(['prepare']);
  if (code !== 0) throw new Error(stderr);
}

/** Starts it and waits until it says where it is. */
export async function startSlipway(options: {
  readonly dataFolder: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** The Node that a person has; the one that runs the tests when absent. */
  readonly node?: string;
  /** Types `npm start` instead of naming the launcher. */
  readonly isUnderNpm?: boolean;
}): Promise<RunningSlipway> {
  const port = options.port ?? (await freePort());
  const [program, ...args] = options.isUnderNpm
    ? (['npm', 'start', '--silent'] as const)
    : ([options.node ?? process.execPath, launcher, 'start'] as const);
  const child = spawnBound(program, args, {
    cwd: projectRoot,
    env: environment({ PORT: String(port), SLIPWAY_DATA: options.dataFolder, ...options.env }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const exited = once(child, 'exit');
  const pid = child.pid ?? 0;
  const running: RunningSlipway = {
    url: `http://127.0.0.1:${port}`,
    pid,
    output: () => output,
    find: async (what) => (await findProcess({ what, dataFolder: options.dataFolder })).pid,
    family: () => familyOf(options.dataFolder),
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
      return child.exitCode;
    },
    async kill() {
      const { pid: supervisor } = await findProcess({ what: 'supervisor', dataFolder: options.dataFolder });
      process.kill(supervisor, 'SIGKILL');
      await endProcess(child);
    },
  };
  await until(() => output.includes('Slipway is ready at') || child.exitCode !== null, {
    what: 'a first address',
    detail: () => output,
  });
  if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}:\n${output}`);
  return running;
}

/** Runs a command of it to its end. */
export function runSlipway(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [launcher, ...argv],
      { cwd: projectRoot, env: environment(env) },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

/**
 * Waits until something holds, looking often, and after a while less often: other tests want the processors too. The bound is for machines that
 * are busy; nothing waits for it to pass.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  options: { readonly what: string; readonly detail?: () => string; readonly withinMs?: number },
): Promise<void> {
  const startedAt = performance.now();
  while (!(await holds())) {
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > (options.withinMs ?? 120_000))
      throw new Error(`Waited in vain for ${options.what}\n${options.detail?.() ?? ''}`);
    await wait(waitedMs < 1_000 ? 20 : 80);
  }
}

export async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/api/ready`).catch(() => null);
  await response?.body?.cancel();
  return response?.status === 200;
}

/** What the process of a test inherits must not decide how the product behaves. */
function environment(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { NODE_ENV: 'production', PATH, HOME, ...own };
}

const commands = {
  supervisor: /\/(lib\/cli\/main\.ts|bin\/slipway\.mjs) start/,
  web: /\/app\/server\.ts/,
  worker: /\/lib\/cli\/main\.ts worker/,
  postgres: /^\S*\/bin\/postgres -D/,
};

/**
 * The newest process of that kind: a launcher starts before its supervisor. What a process starts has its command until it has one of its
 * own, and does not count. @throws when there is none.
 */
export async function findProcess(options: {
  readonly what: keyof typeof commands;
  readonly dataFolder: string;
}): Promise<RunningProcess> {
  const all = await processes(options.dataFolder);
  const isBegun = ({ parent, command }: RunningProcess) =>
    !all.some((other) => other.pid === parent && other.command === command);
  const found = all
    .filter((process) => commands[options.what].test(process.command) && isBegun(process))
    .at(-1);
  if (found === undefined) throw new Error(`There is no ${options.what} process`);
  return found;
}

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** When it started, in ticks of the kernel's clock. */
  readonly startedAt: number;
}

async function familyOf(dataFolder: string): Promise<readonly number[]> {
  const all = await processes(dataFolder);
  return all.map(({ pid }) => pid);
}

/** Processes that were told of this data folder: by their environment, or Postgres' by its arguments. The oldest comes first. */
async function processes(dataFolder: string): Promise<readonly RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found: RunningProcess[] = [];
  for (const pid of pids) {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    const [environ, command] = [await read('environ'), (await read('cmdline')).replaceAll('\0', ' ')];
    const isOurs = environ.includes(`SLIPWAY_DATA=${dataFolder}\0`) || command.includes(dataFolder);
    if (isOurs && command !== '') found.push(runningProcess(Number(pid), command));
  }
  // Not by their ids, which begin anew when all have been given.
  return found.toSorted((a, b) => a.startedAt - b.startedAt);
}

function runningProcess(pid: number, command: string): RunningProcess {
  return { pid, command, parent: parentOf(pid), startedAt: startOf(pid) ?? 0 };
}
