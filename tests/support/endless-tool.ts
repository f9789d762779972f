import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';

/** A tool that starts another process, as a bundler does, says which, and never ends. */
export const endlessTool = `
  const { spawn } = require('node:child_process');
  const helper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
  require('node:fs').writeFileSync(process.argv[1], process.pid + ' ' + helper.pid);
  setInterval(() => {}, 1000);
`;

/** Whether a process runs; one that ended and that nobody has taken note of yet does not. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** The process ids that an endless tool wrote down: its own and its helper’s. */
export async function pidsIn(file: string): Promise<readonly number[]> {
  const read = async () =>
    (await readFile(file, 'utf8').catch(() => '')).split(' ').filter(Boolean).map(Number);
  await expect.poll(read, { timeout: 10_000 }).toHaveLength(2);
  const pids = await read();
  onTestFinished(() => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended, as it should.
      }
    }
  });
  return pids;
}

export const expectGone = (pids: readonly number[]) =>
  expect.poll(() => Promise.all(pids.map(isRunning)), { timeout: 5_000 }).toEqual([false, false]);

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
}): Promise<readonly number[]> {
  const waiting = spawn(process.execPath, ['--input-type=module', '-e', options.module], {
    env: { ...process.env, ...options.env },
  });
  const pids = await pidsIn(options.file);
  waiting.kill('SIGKILL');
  return pids;
}
