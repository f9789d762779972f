import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { spawnBound } from '#tests/support/bound-process.ts';

export interface Measured {
  readonly wallMs: number;
  /** Of the process and all that it started. */
  readonly cpuMs: number;
  /** The highest sum of resident memory of the process tree, looked at often. */
  readonly peakBytes: number;
  readonly stdout: string;
}

/** Runs a program to its end. @throws with what it wrote when it fails. */
export async function measure(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  // The shell's own account of its children: exact, and no process of ours has to outlive them to ask.
  const child = spawnBound('sh', ['-c', '"$@"; code=$?; times; exit $code', 'sh', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: '/nonexistent', NODE_ENV: 'production', ...env },
  });
  const startedAt = performance.now();
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  let peakBytes = 0;
  const watch = setInterval(async () => {
    peakBytes = Math.max(peakBytes, await residentBytes(child.pid ?? 0));
  }, sampleMs);
  const [code] = await once(child, 'close');
  const wallMs = performance.now() - startedAt;
  clearInterval(watch);
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  const times = stdout.trimEnd().split('\n').at(-1) ?? '';
  return { wallMs, cpuMs: cpuMsOf(times), peakBytes, stdout };
}

const sampleMs = 50;

/** `0m0.98s 0m0.31s`: user and system, as times(1) prints them. */
function cpuMsOf(line: string): number {
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  );
}

async function residentBytes(pid: number): Promise<number> {
  const [status, children] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''),
    childrenOf(pid),
  ]);
  const own = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  const theirs = await Promise.all(children.map(residentBytes));
  return theirs.reduce((sum, bytes) => sum + bytes, own);
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}
