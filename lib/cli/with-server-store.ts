import type { Settings } from '#lib/config/settings.ts';
import { expectMigrated } from '#lib/db/migrate.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import type { CommandContext } from './command.ts';
import { generateClient } from './prepare.ts';
import { createSteps } from './steps.ts';
import { withDatabase } from './with-database.ts';

/**
 * Runs `work` on the store of this server and on its database, which is borrowed from a Slipway that runs and started for
 * the while when none does.
 */
export async function withServerStore<T>(
  context: CommandContext,
  work: (server: {
    readonly root: string;
    readonly databaseUrl: string;
    readonly settings: Settings;
  }) => Promise<T>,
): Promise<T> {
  const { stderr, signal, readSettings } = context;
  const settings = readSettings();
  await generateClient({ steps: createSteps(stderr), signal });
  return withDatabase({ settings, signal }, async (databaseUrl) => {
    await expectMigrated({ url: databaseUrl, signal });
    const { closeDatabase, configureDatabase } = await import('#lib/db/client.ts');
    configureDatabase({ url: databaseUrl });
    try {
      const { root } = await openBlobStore({ root: settings.storeFolder, durability: 'durable' });
      return await work({ root, databaseUrl, settings });
    } finally {
      await closeDatabase();
    }
  });
}
