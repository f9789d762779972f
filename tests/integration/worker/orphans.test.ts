import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

function start(file: string): ChildProcess {
  const entry = fileURLToPath(new URL(`../../../lib/worker/${file}`, import.meta.url));
  child = fork(entry, ['an-orphan'], {
    detached: true,
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return child;
}

describe.each(['build-process.ts', 'preflight-process.ts'])('%s whose worker is gone', (file) => {
  test('before it is ready ends by itself', async () => {
    const process = start(file);
    process.disconnect();
    await expect(once(process, 'exit')).resolves.toHaveLength(2);
  });

  test('before it has a job ends by itself', async () => {
    const process = start(file);
    expect((await once(process, 'message'))[0]).toEqual({ kind: 'ready' });
    process.disconnect();
    await once(process, 'exit');
    expect(process.signalCode).toBe('SIGKILL');
  });
});
