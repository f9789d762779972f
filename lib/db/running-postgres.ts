import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { clusterUrl, readPasswords } from './postgres-cluster.ts';

/**
 * Where the embedded Postgres of a data folder answers that another process of ours runs; null when none does.
 * https://www.postgresql.org/docs/18/storage-file-layout.html: the fourth line of postmaster.pid is the port.
 */
export async function findRunningPostgres(options: { readonly dataFolder: string }): Promise<string | null> {
  const pidFile = path.join(options.dataFolder, 'postgres', 'postmaster.pid');
  const port = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[3]);
  if (!Number.isSafeInteger(port) || port < 1) return null;
  return clusterUrl({ role: 'slipway', port, passwords: await readPasswords(options.dataFolder) });
}
