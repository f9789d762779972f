import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { childrenOf } from './process-status.ts';

/**
 * Starts a program that dies with this process, however this process ends: the kernel sends the signal
 * (`PR_SET_PDEATHSIG`, prctl(2)), so that not even `kill -9` of a test leaves one behind.
 */
export function spawnBound(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  // As the launcher does: Node starts in half the time with what it made of the sources before.
  const env = { ...(options.env ?? process.env), NODE_COMPILE_CACHE: compiledFolder };
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], { ...options, env });
}

const compiledFolder = path.resolve(import.meta.dirname, '../../node_modules/.cache/slipway');

/** Ends it and waits until it is gone. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/**
 * Ends a process namespace that `unshare --pid --fork` opened, and waits until nobody of it is left: with its first process the kernel
 * ends all others, and only then does `unshare` learn of it.
 */
export async function endNamespace(unshare: ChildProcess): Promise<void> {
  const [first] = childrenOf(unshare.pid);
  if (first === undefined) return endProcess(unshare);
  const exited = once(unshare, 'exit');
  process.kill(first, 'SIGKILL');
  await exited;
}

/** Runs a program to its end. @throws with what it wrote when it fails. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<string> {
  const { input, ...spawnOptions } = options;
  const child = spawnBound(command, args, {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...spawnOptions,
  });
  const written: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout?.on('data', (chunk) => written.push(chunk));
  child.stderr?.on('data', (chunk) => complaints.push(chunk));
  // A program may end without reading all of it.
  child.stdin?.on('error', () => undefined).end(input);
  const [code, signal] = await once(child, 'close');
  const output = Buffer.concat(written).toString('utf8');
  if (code === 0) return output;
  const complaint = Buffer.concat(complaints).toString('utf8');
  throw new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}:\n${output}${complaint}`);
}
