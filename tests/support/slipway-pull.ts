import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnBound } from './bound-process.ts';

export interface PullProcess {
  readonly child: ChildProcess;
  /** What it wrote so far. */
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<PullEnd>;
}

export interface PullEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PullBench {
  /** A folder of its own for each name, removed at the end. */
  folder(name: string): string;
  /** Starts `slipway pull` with these words, as a person would. */
  start(args: readonly string[], options?: { readonly input?: string }): PullProcess;
  run(args: readonly string[], options?: { readonly input?: string }): Promise<PullEnd>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Runs the command line against registries on loopback, which its registries.json allows. */
export async function createPullBench(options: { readonly hosts: readonly string[] }): Promise<PullBench> {
  const root = await mkdtemp(path.join(tmpdir(), 'slipway-pull-'));
  const registriesFile = path.join(root, 'registries.json');
  const rule = { plainHttp: true, allowPrivate: true };
  const registries = Object.fromEntries(options.hosts.map((host) => [host, rule]));
  await writeFile(registriesFile, JSON.stringify({ registries }));

  const start: PullBench['start'] = (args, { input = '' } = {}) => {
    const main = path.resolve(import.meta.dirname, '../../lib/cli/main.ts');
    const child = spawnBound(process.execPath, [main, 'pull', ...args], {
      stdio: 'pipe',
      cwd: root,
      env: { PATH: process.env.PATH, SLIPWAY_REGISTRIES: registriesFile, NODE_ENV: 'production' },
    });
    const output = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      output.stderr += text;
    });
    child.stdin?.on('error', () => undefined).end(input);
    const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }) as PullEnd);
    return { child, output, ended };
  };
  const stop = () => rm(root, { recursive: true, force: true });
  return {
    folder: (name) => path.join(root, name),
    start,
    run: (args, runOptions) => start(args, runOptions).ended,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
