import { spawn } from 'node:child_process';
import { KeyringError } from './errors.ts';

/**
 * Runs the operator's command through the shell and returns what it prints. Its output is held in memory only;
 * its error output is dropped unread, because nobody knows what it holds. Everything that it started is ended
 * when the time is over or `signal` fires.
 *
 * @throws KeyringError when it fails, takes longer than `timeoutMs` or prints more than `outputBytesMax`.
 */
export async function runKeyCommand(options: {
  readonly command: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}): Promise<string> {
  const { command, signal, timeoutMs = commandMs } = options;
  signal?.throwIfAborted();
  // A group of its own, so that what the shell started can be ended with it.
  const child = spawn(command, { shell: true, detached: isPosix, stdio: ['ignore', 'pipe', 'ignore'] });
  const timeout = AbortSignal.timeout(timeoutMs);
  const stop = signal ? AbortSignal.any([timeout, signal]) : timeout;
  const end = () => killGroup(child.pid);
  stop.addEventListener('abort', end, { once: true });
  try {
    const exited = new Promise<number | string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signalName) => resolve(code ?? signalName ?? 'unknown'));
    });
    const [output, exit] = await Promise.all([readBounded(child.stdout, end), exited]);
    signal?.throwIfAborted();
    if (timeout.aborted) throw failed(`took longer than ${timeoutMs / 1000} s`);
    if (output === undefined) throw failed(`printed more than ${outputBytesMax} bytes`);
    if (exit !== 0) throw failed(`ended with ${typeof exit === 'number' ? 'exit code ' : ''}${exit}`);
    return output;
  } catch (error) {
    if (error instanceof KeyringError || signal?.aborted) throw error;
    throw failed('could not be started', error);
  } finally {
    stop.removeEventListener('abort', end);
  }
}

/** A call to a cloud's key service takes a second or two; one that asks a person never ends. */
const commandMs = 30_000;
/** The bound of the key file. */
const outputBytesMax = 256 * 1024;
const isPosix = process.platform !== 'win32';

/** The text up to the end, or undefined once it is too long; reading goes on to the end, so that nothing blocks. */
async function readBounded(
  stream: NodeJS.ReadableStream,
  onTooLong: () => void,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes <= outputBytesMax) chunks.push(chunk as Buffer);
    else onTooLong();
  }
  return sizeBytes <= outputBytesMax ? Buffer.concat(chunks).toString('utf8') : undefined;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(isPosix ? -pid : pid, 'SIGKILL');
  } catch {
    // It ended in the meantime.
  }
}

function failed(how: string, cause?: unknown): KeyringError {
  return new KeyringError({
    why: `The key command ${how}.`,
    next: 'Run the command by hand as the same user and check that it prints the key lines and nothing else.',
    cause,
  });
}
