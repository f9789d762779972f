import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runTool } from '#lib/cli/run-tool.ts';

const folder = tmpdir();
const name = 'Testing';
/** A tool that starts another process, as a bundler does, says which, and never ends. */
const endless = `
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

async function pidsIn(file: string): Promise<readonly number[]> {
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

const expectGone = (pids: readonly number[]) =>
  expect.poll(() => Promise.all(pids.map(isRunning)), { timeout: 5_000 }).toEqual([false, false]);

function freshFile(): string {
  const file = path.join(folder, `slipway-tool-${crypto.randomUUID()}`);
  onTestFinished(() => rm(file, { force: true }));
  return file;
}

test('a tool that does its work passes, whatever it says', async () => {
  const { signal } = new AbortController();
  await expect(runTool({ name, command: ['-e', 'console.log(1)'], folder, signal })).resolves.toBeUndefined();
});

test('a tool that fails is quoted', async () => {
  const { signal } = new AbortController();
  const command = ['-e', 'console.error("no such thing"); process.exit(3)'];
  await expect(runTool({ name, command, folder, signal })).rejects.toMatchObject({
    advice: { what: 'Testing failed', why: expect.stringMatching(/code 3 and said:\nno such thing/) },
  });
});

test('a tool that is called off ends with all that it started', async () => {
  const file = freshFile();
  const calledOff = new AbortController();
  const running = runTool({ name, command: ['-e', endless, file], folder, signal: calledOff.signal });
  const pids = await pidsIn(file);
  calledOff.abort();
  await expect(running).rejects.toThrow();
  await expectGone(pids);
});

test('a tool ends with all that it started when whoever waits for it is killed', async () => {
  const file = freshFile();
  const module = pathToFileURL(path.resolve(import.meta.dirname, '../../../lib/cli/run-tool.ts')).href;
  const options = JSON.stringify({ name, command: ['-e', endless, file], folder });
  const waiting = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { runTool } = await import('${module}');
     await runTool({ ...${options}, signal: new AbortController().signal });`,
  ]);
  const pids = await pidsIn(file);
  waiting.kill('SIGKILL');
  await expectGone(pids);
});
