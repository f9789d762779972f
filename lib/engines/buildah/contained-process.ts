import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { attachNetwork, networkNamespace } from './private-network.ts';

export interface ContainedRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /**
   * A folder that the program sees under another name as well, and works in. Users of other namespaces cannot pass a folder that
   * is closed to them on the way to it; under a name that is open to all they can.
   */
  readonly bind: { readonly folder: string; readonly as: string };
  /** Below `bind.as`. */
  readonly workFolder: string;
  /** `private`: a network of its own that reaches the internet and nothing of this machine. */
  readonly network: 'host' | 'private';
  /** No more is read before what it returns has resolved. */
  readonly onChunk: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => Promise<void> | undefined;
  /** Ends the program and everything it started, at once. */
  readonly signal: AbortSignal;
}

/**
 * Runs a program in process and mount namespaces of its own. When it ends, when the signal fires, or when this process is
 * killed, whatever it started ends with it and whatever it mounted is gone: the kernel sees to that, however processes
 * detach themselves or ignore signals. https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
 *
 * Needs root, util-linux and, for a private network, slirp4netns and iproute2.
 * @returns the exit code of the program; 137 when a signal ended it
 * @throws EngineFailedError when the network cannot be made; the signal's reason
 */
export async function runContained(run: ContainedRun): Promise<number> {
  const { signal } = run;
  signal.throwIfAborted();
  const child = start(run);
  const kill = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  const ended = endOf(child);
  let detach = () => {};
  try {
    if (run.network === 'private')
      detach = await attachNetwork({ pid: await insideOf(child, ended), signal });
    // Until then it waits: nothing of a step runs on a network that is not ready.
    (child.stdio[3] as Writable).end('go\n');
    return await ended;
  } finally {
    kill();
    await ended.catch(() => {});
    detach();
    signal.removeEventListener('abort', kill);
    signal.throwIfAborted();
  }
}

function start({ program, args, env, bind, workFolder, network, onChunk }: ContainedRun): ChildProcess {
  const enter =
    network === 'private'
      ? `${waitForGo} && ${networkNamespace.enter()} && ${begin}`
      : `${waitForGo} && ${begin}`;
  const namespaces = network === 'private' ? [...own, '--net'] : own;
  const child = spawn(
    'setpriv',
    [
      ...withThisProcess,
      'unshare',
      ...namespaces,
      '--',
      'sh',
      '-c',
      enter,
      'sh',
      bind.folder,
      bind.as,
      workFolder,
      program,
      ...args,
    ],
    {
      cwd: '/',
      // Types want NODE_ENV; programs do not read it.
      env: { ...env, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    },
  );
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    stream?.on('data', (chunk: Uint8Array) => {
      const taken = onChunk(name, chunk);
      if (taken === undefined) return;
      stream.pause();
      void taken.finally(() => stream.resume());
    });
  }
  // A program that is gone before it was told to go on closes the pipe.
  child.stdio[3]?.on('error', () => {});
  return child;
}

/** The kernel ends unshare with this process. https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html */
const withThisProcess = ['--pdeathsig', 'KILL', '--'];
/** `--kill-child` ends the first process of the namespace with unshare, and the kernel ends the rest with the first. */
const own = ['--pid', '--mount', '--fork', '--kill-child=SIGKILL', '--mount-proc', '--propagation=private'];
const waitForGo = 'echo here >&4 && exec 4>&- && read -r go <&3 && exec 3<&-';
const begin = 'mount --bind "$1" "$2" && cd "$2/$3" && shift 3 && exec "$@"';

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    // 'close' waits for the pipes too: by then nobody holds them any more.
    child.on('close', (code) => resolve(code ?? 137));
  });
}

/** The process inside of the namespaces, as this process sees it; it has said that it is there. */
async function insideOf(child: ChildProcess, ended: Promise<number>): Promise<number> {
  await Promise.race([once(child.stdio[4] as Readable, 'data'), ended]);
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').catch(() => '');
  return Number(children.trim().split(' ')[0]);
}
