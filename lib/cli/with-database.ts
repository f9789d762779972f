import path from 'node:path';
import type { Settings } from '#lib/config/settings.ts';
import { findRunningPostgres } from '#lib/db/running-postgres.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { LogFile } from './log-file.ts';
import { AlreadyRunningError } from './start-error.ts';
import { SupervisedPostgres } from './supervised-postgres.ts';

/**
 * Runs `work` on the database of these settings: that of `DATABASE_URL`, else the embedded one, which is borrowed from
 * a Slipway that runs and started for the while when none does.
 */
export async function withDatabase<T>(
  options: { readonly settings: Settings; readonly signal: AbortSignal },
  work: (url: string) => Promise<T>,
): Promise<T> {
  const { settings, signal } = options;
  if (settings.databaseUrl !== undefined) return work(settings.databaseUrl);
  const folder = await borrowOrHold(settings);
  if (typeof folder === 'string') return work(folder);
  const log = new LogFile(path.join(folder.logs, 'postgres.log'));
  const postgres = new SupervisedPostgres({ dataFolder: folder.path, log, onCrash: () => {} });
  try {
    return await work(await postgres.start(signal));
  } finally {
    await postgres.stop();
    log.close();
    folder.release();
  }
}

async function borrowOrHold({ dataFolder }: Settings): Promise<string | DataFolder> {
  try {
    return openDataFolder(dataFolder);
  } catch (error) {
    const url = error instanceof AlreadyRunningError ? await findRunningPostgres({ dataFolder }) : null;
    if (url === null) throw error;
    return url;
  }
}
