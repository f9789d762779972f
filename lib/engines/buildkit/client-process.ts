import { spawn } from 'node:child_process';
import type { ClientCommand } from './builder.ts';

/**
 * Runs a client of BuildKit to its end. The client is one process; a builder ends what it ran for it when its connection is gone.
 * @returns the exit code; 137 when a signal ended it
 * @throws the signal's reason
 */
export async function runClient(options: {
  readonly client: ClientCommand;
  readonly args: readonly string[];
  readonly workFolder: string;
  /** Progress and errors. No more is read before what it returns has resolved. */
  readonly onError: (chunk: Uint8Array) => Promise<void>;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { client, args, workFolder, onError, signal } = options;
  signal.throwIfAborted();
  const child = spawn(client.program, [...client.args, ...args], {
    cwd: workFolder,
    env: { ...client.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  child.stderr.on('data', (chunk: Uint8Array) => {
    child.stderr.pause();
    void onError(chunk).finally(() => child.stderr.resume());
  });
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? 137));
    });
  } finally {
    signal.removeEventListener('abort', kill);
    signal.throwIfAborted();
  }
}
