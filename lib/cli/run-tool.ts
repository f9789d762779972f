import { spawn } from 'node:child_process';
import { toolEnvironment } from '#lib/config/environment.ts';
import { StartError } from './start-error.ts';

/**
 * Runs a tool under this Node to its end. It ends, with all that it started, when `signal` fires and also when this
 * process is gone, even by kill -9: a build that nobody waits for would keep the next start from building.
 *
 * @param options.name what the tool does, for whoever reads that it failed
 * @param options.command arguments of Node
 * @throws StartError with the tool's last words when its exit code is not 0
 */
export async function runTool(options: {
  readonly name: string;
  readonly command: readonly string[];
  readonly folder: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  options.signal.throwIfAborted();
  const child = spawn('sh', ['-c', watched, 'sh', process.execPath, ...options.command], {
    cwd: options.folder,
    // A group of its own, for the watcher to end.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: toolEnvironment(),
    signal: options.signal,
    killSignal: 'SIGKILL',
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-outputMax);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.stdio[3]?.on('error', () => {});
  child.on('exit', () => child.stdio[3]?.destroy());
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  options.signal.throwIfAborted();
  if (code === 0) return;
  throw new StartError({
    what: `${options.name} failed`,
    why: `It ended with code ${code} and said:\n${output.trim()}\n`,
    next: 'If you changed nothing in this folder, report it with these lines.',
  });
}

/**
 * Ends the tool's process group when fd 3 closes: at the tool's end, for what it left behind, and at the end of the
 * process that opened it. The watcher belongs to the group, so while it lives no other group can bear that number.
 */
const watched = '( (read -r _ <&3; kill -s KILL -- -$$) >/dev/null 2>&1 & ); exec "$@" 3<&-';

/** Enough of a tool's words to see why it failed. */
const outputMax = 4_000;
