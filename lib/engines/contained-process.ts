import { spawn } from 'node:child_process';

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
  readonly onChunk: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void;
  /** Ends the program and everything it started, at once. */
  readonly signal: AbortSignal;
}

/**
 * Runs a program in process and mount namespaces of its own. When it ends, when the signal fires, or when this process is
 * killed, whatever it started ends with it and whatever it mounted is gone: the kernel sees to that, however processes
 * detach themselves or ignore signals. https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
 *
 * Needs root and util-linux.
 * @returns the exit code of the program; 128 + the number of the signal that ended it
 * @throws the signal's reason
 */
export async function runContained(run: ContainedRun): Promise<number> {
  const { program, args, env, bind, workFolder, signal, onChunk } = run;
  signal.throwIfAborted();
  const child = spawn(
    'unshare',
    [...namespaces, '--', 'sh', '-c', enter, 'sh', bind.folder, bind.as, workFolder, program, ...args],
    {
      cwd: '/',
      // Types want it; programs do not read it.
      env: { ...env, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const kill = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  child.stdout.on('data', (chunk: Uint8Array) => onChunk('stdout', chunk));
  child.stderr.on('data', (chunk: Uint8Array) => onChunk('stderr', chunk));
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      // 'close' waits for the pipes too: by then nobody holds them any more.
      child.on('close', (code, signalName) => resolve(code ?? (signalName === null ? 1 : 137)));
    });
  } finally {
    signal.removeEventListener('abort', kill);
    signal.throwIfAborted();
  }
}

/** `--kill-child` ends the first process of the namespace with unshare, and the kernel ends the rest with the first. */
const namespaces = [
  '--pid',
  '--mount',
  '--fork',
  '--kill-child=SIGKILL',
  '--mount-proc',
  '--propagation=private',
];

const enter = 'mount --bind "$1" "$2" && cd "$2/$3" && shift 3 && exec "$@"';
