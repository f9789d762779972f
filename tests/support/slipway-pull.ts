import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnBound } from './bound-process.ts';

export interface PullProcess {
  readonly child: ChildProcess;
  /** What it wrote so far. */
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<PullEnd>;
}

interface PullEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface StartOptions {
  readonly input?: string;
  readonly command?: string;
}

export interface PullBench {
  /** A folder of its own for each name, removed at the end. */
  folder(name: string): string;
  /** Starts `slipway pull`, or another command, with these words, as a person would. */
  start(args: readonly string[], options?: StartOptions): PullProcess;
  run(args: readonly string[], options?: StartOptions): Promise<PullEnd>;
  /**
   * Runs a shell script beside a file system of that size, mounted on `disk` for it alone, in a namespace that ends with
   * it. `$PULL` is `slipway pull`.
   */
  runOnSmallDisk(options: { readonly sizeBytes: number; readonly script: string }): Promise<PullEnd>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Runs the command line against registries on loopback, which its registries.json allows. */
export async function createPullBench(options: {
  readonly hosts?: readonly string[];
  /** Further registries, as registries.json has them. */
  readonly registries?: Readonly<Record<string, object>>;
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<PullBench> {
  const root = await mkdtemp(path.join(tmpdir(), 'slipway-pull-'));
  const registriesFile = path.join(root, 'registries.json');
  const rule = { plainHttp: true, allowPrivate: true };
  const registries = {
    ...Object.fromEntries((options.hosts ?? []).map((host) => [host, rule])),
    ...options.registries,
  };
  await writeFile(registriesFile, JSON.stringify({ registries }));

  const main = path.resolve(import.meta.dirname, '../../lib/cli/main.ts');
  const spawnProcess = (
    command: readonly string[],
    input: string,
    more: Readonly<Record<string, string>> = {},
  ) => {
    const [program = '', ...args] = command;
    const child = spawnBound(program, args, {
      stdio: 'pipe',
      cwd: root,
      env: {
        PATH: process.env.PATH,
        SLIPWAY_REGISTRIES: registriesFile,
        NODE_ENV: 'production',
        ...options.environment,
        ...more,
      },
    });
    const output = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      output.stderr += text;
    });
    // It may end without reading all of it.
    child.stdin?.on('error', () => undefined).end(input);
    const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }) as PullEnd);
    return { child, output, ended };
  };
  const start: PullBench['start'] = (args, { input = '', command = 'pull' } = {}) =>
    spawnProcess([process.execPath, main, command, ...args], input);
  const stop = () => rm(root, { recursive: true, force: true });
  return {
    folder: (name) => path.join(root, name),
    start,
    run: (args, runOptions) => start(args, runOptions).ended,
    runOnSmallDisk: async ({ sizeBytes, script }) => {
      const disk = path.join(root, 'disk');
      await mkdir(disk, { recursive: true });
      const whole = `mount -t tmpfs -o size=${sizeBytes} tmpfs ${disk} || exit 99\n${script}`;
      const PULL = `${process.execPath} ${main} pull`;
      return spawnProcess(['unshare', '--map-root-user', '--mount', 'sh', '-c', whole], '', { PULL }).ended;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
