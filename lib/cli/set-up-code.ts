import { closeDatabase, configureDatabase } from '#lib/db/client.ts';

/** The one-time code with which the first account is made; null once there is an account. */
export async function readSetUpCode(options: { readonly databaseUrl: string }): Promise<string | null> {
  configureDatabase({ url: options.databaseUrl });
  try {
    const { ensureSetUpCode } = await import('#lib/auth/set-up.ts');
    return await ensureSetUpCode();
  } finally {
    await closeDatabase();
  }
}
