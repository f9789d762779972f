import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { runTool } from '#lib/cli/run-tool.ts';
import {
  endlessTool,
  expectGone,
  freshFile,
  killWhoeverWaits,
  processesIn,
} from '#tests/support/endless-tool.ts';

const folder = tmpdir();
const name = 'Testing';

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
  const running = runTool({ name, command: ['-e', endlessTool, file], folder, signal: calledOff.signal });
  const processes = await processesIn(file);
  calledOff.abort();
  await expect(running).rejects.toThrow();
  await expectGone(processes);
});

test('a tool ends with all that it started when whoever waits for it is killed', async () => {
  const file = freshFile();
  const module = pathToFileURL(path.resolve(import.meta.dirname, '../../../lib/cli/run-tool.ts')).href;
  const options = JSON.stringify({ name, command: ['-e', endlessTool, file], folder });
  const processes = await killWhoeverWaits({
    file,
    module: `
      const { runTool } = await import('${module}');
      await runTool({ ...${options}, signal: new AbortController().signal });`,
  });
  await expectGone(processes);
});
