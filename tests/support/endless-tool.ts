import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { startOf } from './process-status.ts';

/** A tool that starts another process, as a bundler does, says which, and never ends. */
export const endlessTool = `
  const { spawn } = require('node:child_process');
  const helper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
  require('node:fs').writeFileSync(process.argv[1], process.pid + ' ' + helper.pid);
  setInterval(() => {}, 1000);
`;

interface ToolProcess {
  readonly pid: number;
  readonly startedAt: number | undefined;
}

/** The processes that an endless tool wrote down: itself and its helper. */
export async function processesIn(file: string): Promise<readonly ToolProcess[]> {
  const read = async () =>
    (await readFile(file, 'utf8').catch(() => '')).split(' ').filter(Boolean).map(Number);
  await expect.poll(read).toHaveLength(2);
  const processes = (await read()).map((pid) => ({ pid, startedAt: startOf(pid) }));
  onTestFinished(() => {
    for (const { pid } of processes.filter(isRunning)) process.kill(pid, 'SIGKILL');
  });
  expect(processes.filter(isRunning)).toHaveLength(2);
  return processes;
}

/** One that ended and that nobody has taken note of yet does not run, and whoever has its id by now is another. */
const isRunning = ({ pid, startedAt }: ToolProcess) => startedAt !== undefined && startOf(pid) === startedAt;

export const expectGone = (processes: readonly ToolProcess[]) =>
  expect.poll(() => processes.filter(isRunning)).toEqual([]);

/** A file for an endless tool to write to. */
export function freshFile(): string {
  const file = path.join(tmpdir(), `slipway-tool-${crypto.randomUUID()}`);
  onTestFinished(() => rm(file, { force: true }));
  return file;
}

/** Runs an ES module under this Node and kills it when an endless tool that it waits for has begun. */
export async function killWhoeverWaits(options: {
  readonly module: string;
  readonly file: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<readonly ToolProcess[]> {
  const waiting = spawn(process.execPath, ['--input-type=module', '-e', options.module], {
    env: { ...process.env, ...options.env },
  });
  const processes = await processesIn(options.file);
  waiting.kill('SIGKILL');
  return processes;
}
