import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './errors.ts';

/**
 * Clears what a killed supervisor or postmaster left in a cluster's folder: ends a postmaster that still runs there
 * (SIGINT: fast shutdown, nothing acknowledged is lost), waits for backends whose postmaster died, and removes a
 * `postmaster.pid` that names a process of somebody else, which Postgres would take for a running postmaster.
 * The caller holds the data folder's lock, so whatever runs there is nobody's any more.
 *
 * @throws EmbeddedPostgresError when something in the folder outlives a minute of asking.
 */
export async function clearOrphans(options: {
  readonly cluster: string;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const cluster = await realpath(options.cluster);
  const pidFile = path.join(cluster, 'postmaster.pid');
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const pids = await findProcesses({ cluster, pidFile });
    if (pids.length === 0) break;
    if (Date.now() > deadline) throw stuck(cluster, pids);
    const postmaster = await readPid(pidFile);
    if (postmaster !== null && pids.includes(postmaster)) ask(postmaster, 'SIGINT');
    await wait(pollMs, undefined, options);
  }
  const named = await readPid(pidFile);
  if (named !== null && isAlive(named)) await rm(pidFile, { force: true });
}

/** The postmaster's process id as its lock file names it; null when there is none. */
async function readPid(pidFile: string): Promise<number | null> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const pid = Number.parseInt(text.split('\n', 1)[0] ?? '', 10);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null;
}

/** A fast shutdown writes a checkpoint first, which can take this long on a slow disk. */
const patienceMs = 60_000;
const pollMs = 100;

/** Processes of this cluster: every one of them has the cluster's folder as its working directory. */
async function findProcesses(options: {
  readonly cluster: string;
  readonly pidFile: string;
}): Promise<readonly number[]> {
  if (process.platform === 'linux') return processesIn(options.cluster);
  const pid = await readPid(options.pidFile);
  return pid !== null && (await isPostgres(pid)) ? [pid] : [];
}

async function processesIn(folder: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => null);
    if (cwd === folder && pid !== process.pid && (await isPostgres(pid))) found.push(pid);
  }
  return found;
}

const run = promisify(execFile);

async function isPostgres(pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    // The postmaster shows its path, its children the title that they gave themselves.
    return path.basename(command.split('\0', 1)[0] ?? '').startsWith('postgres');
  }
  const listed = await run('ps', ['-p', String(pid), '-o', 'comm=']).catch(() => ({ stdout: '' }));
  return path.basename(listed.stdout.trim()).startsWith('postgres');
}

function ask(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in between.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function stuck(cluster: string, pids: readonly number[]): EmbeddedPostgresError {
  return new EmbeddedPostgresError({
    what: 'An earlier Postgres does not end',
    why: `Process ${pids.join(', ')} still uses ${cluster} after a minute of asking it to stop.`,
    next: `End it (kill -QUIT ${pids[0]}) and start again.`,
  });
}
