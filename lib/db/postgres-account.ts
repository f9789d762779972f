import { execFile } from 'node:child_process';
import { chown, lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './errors.ts';

/** As whom Postgres runs: the words to put before its command, and who has to own its files (null: whoever we are). */
export interface PostgresAccount {
  readonly prefix: readonly string[];
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/**
 * Postgres refuses to run as root. Started by root, it runs in one of two disguises, the first that can reach
 * `paths` on this machine:
 *
 * 1. root in a user namespace in which root is called nobody: nothing changes owner, folders closed to others stay so;
 * 2. nobody, with the right to pass closed folders: containers often forbid namespaces and allow this.
 *
 * Everybody else runs it as themselves.
 *
 * @throws EmbeddedPostgresError when neither reaches every path.
 */
export async function choosePostgresAccount(options: {
  readonly paths: readonly string[];
  readonly signal?: AbortSignal;
}): Promise<PostgresAccount> {
  if (process.getuid?.() !== 0) return { prefix: [], owner: null };
  const nobody = await findNobody();
  const { uid, gid } = nobody;
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const disguises: readonly PostgresAccount[] = [
    { prefix: ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'], owner: null },
    {
      prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...capability, '--'],
      owner: nobody,
    },
  ];
  for (const disguise of disguises) {
    if (await reaches(disguise, options)) return disguise;
  }
  throw new EmbeddedPostgresError({
    what: 'The embedded Postgres cannot run as root here',
    why: `Postgres refuses to be root, and the user ${nobody.name} may not reach ${options.paths.join(' or ')}.`,
    next: 'Start Slipway as an ordinary user, or set DATABASE_URL to a Postgres server of your own.',
  });
}

/** The command that runs `program` as the account. */
export function runAs(
  account: PostgresAccount,
  program: string,
  args: readonly string[],
): { readonly program: string; readonly args: readonly string[] } {
  const [first, ...rest] = account.prefix;
  return first === undefined ? { program, args } : { program: first, args: [...rest, program, ...args] };
}

/** Gives a folder and all in it to the account, the folder itself last, so that an interrupted change is noticed. */
export async function giveTo(account: PostgresAccount, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = account.owner ?? { uid: 0, gid: 0 };
  const { uid: current } = await lstat(folder);
  if (current === uid) return;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isSymbolicLink()) await chown(path.join(entry.parentPath, entry.name), uid, gid);
  }
  await chown(folder, uid, gid);
}

const run = promisify(execFile);

async function reaches(
  account: PostgresAccount,
  options: { readonly paths: readonly string[]; readonly signal?: AbortSignal },
): Promise<boolean> {
  const script = 'for path in "$@"; do test -r "$path" && test -x "$path" || exit 1; done';
  const { program, args } = runAs(account, 'sh', ['-c', script, 'sh', ...options.paths]);
  try {
    await run(program, args, { signal: options.signal });
    return true;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof Error) return false;
    throw error;
  }
}

interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** initdb looks its user up by number, so only a user that the system knows will do. */
async function findNobody(): Promise<SystemUser> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  const users = lines.flatMap((line): SystemUser[] => {
    const [name, , uid, gid] = line.split(':');
    return name && Number(uid) > 0 ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
  const nobody = users.find(({ name }) => name === 'nobody') ?? users[0];
  if (nobody !== undefined) return nobody;
  throw new EmbeddedPostgresError({
    what: 'The embedded Postgres cannot run as root here',
    why: 'Postgres refuses to be root, and /etc/passwd lists no other user.',
    next: 'Add a user, or set DATABASE_URL to a Postgres server of your own.',
  });
}
