import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { EmbeddedPostgresError } from './errors.ts';
import { giveTo, type PostgresAccount, runAs } from './postgres-account.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** The two roles of the embedded server: `postgres` looks after it, `slipway` owns the database and no more. */
const passwordsSchema = z.object({ postgres: z.string(), slipway: z.string() });
export type PostgresPasswords = z.infer<typeof passwordsSchema>;

export interface Cluster {
  /** The folder that holds Postgres' files. */
  readonly folder: string;
  readonly passwords: PostgresPasswords;
}

/**
 * The cluster in `dataFolder/postgres`, made when absent. It is made under another name and renamed when it is whole,
 * so that a start killed in the middle leaves nothing that looks like a database.
 *
 * @throws EmbeddedPostgresError when initdb fails, or when the passwords of an existing cluster are lost.
 */
export async function openCluster(options: {
  readonly dataFolder: string;
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
  readonly signal?: AbortSignal;
}): Promise<Cluster> {
  const { dataFolder, account } = options;
  const folder = path.join(dataFolder, 'postgres');
  await removeHalfMade(dataFolder);
  if (existsSync(folder)) {
    await giveTo(account, folder);
    return { folder, passwords: await readPasswords(dataFolder) };
  }
  const passwords = { postgres: newPassword(), slipway: newPassword() };
  await writeSecretFile(passwordFileOf(dataFolder), `${JSON.stringify(passwords)}\n`);
  await initialise({ ...options, folder, password: passwords.postgres });
  return { folder, passwords };
}

/** @throws EmbeddedPostgresError when they are lost. */
export async function readPasswords(dataFolder: string): Promise<PostgresPasswords> {
  const file = passwordFileOf(dataFolder);
  try {
    return passwordsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new EmbeddedPostgresError(
      {
        what: 'The passwords of the embedded Postgres are lost',
        why: `${file} is missing or damaged, but the database beside it exists.`,
        next: 'Restore that file from your backup of the data folder.',
      },
      error,
    );
  }
}

/** The address of a role's own database. */
export function clusterUrl(options: {
  readonly role: keyof PostgresPasswords;
  readonly port: number;
  readonly passwords: PostgresPasswords;
}): string {
  const { role, port, passwords } = options;
  return `postgresql://${role}:${passwords[role]}@127.0.0.1:${port}/${role}`;
}

function passwordFileOf(dataFolder: string): string {
  return path.join(dataFolder, 'postgres-passwords.json');
}

const halfMade = 'postgres.half-made-';

async function removeHalfMade(dataFolder: string): Promise<void> {
  for (const name of await readdir(dataFolder)) {
    if (name.startsWith(halfMade)) await rm(path.join(dataFolder, name), { recursive: true });
  }
}

async function initialise(options: {
  readonly folder: string;
  readonly password: string;
  readonly dataFolder: string;
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const { binaries, account, signal } = options;
  const workshop = path.join(options.dataFolder, `${halfMade}${randomBytes(6).toString('hex')}`);
  const cluster = path.join(workshop, 'cluster');
  const passwordFile = path.join(workshop, 'password');
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  await writeSecretFile(passwordFile, options.password);
  if (account.owner !== null) {
    for (const made of [workshop, cluster, passwordFile]) {
      await chown(made, account.owner.uid, account.owner.gid);
    }
  }
  const { program, args } = runAs(account, binaries.initdb, [
    `--pgdata=${cluster}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Sorts alike on every machine, whatever its C library or ICU: an index made here is right elsewhere.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  ]);
  try {
    await promisify(execFile)(program, args, { signal, timeout: initdbMs, cwd: cluster });
  } catch (error) {
    signal?.throwIfAborted();
    throw new EmbeddedPostgresError(
      {
        what: 'The embedded Postgres could not make its database',
        why: lastLine(error),
        next: 'Free disk space or correct what it names, then start again.',
      },
      error,
    );
  }
  await rename(cluster, options.folder);
  await syncFolder(options.dataFolder);
  await rm(workshop, { recursive: true });
}

/** initdb takes half a second; on a machine that swaps, a minute. */
const initdbMs = 180_000;

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** Writes a file that only its owner may read, and has it on disk before it returns. */
async function writeSecretFile(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function lastLine(error: unknown): string {
  const { stderr = '', message = '' } = error as { stderr?: string; message?: string };
  return (stderr || message).trim().split('\n').at(-1) ?? 'It gave no reason.';
}
