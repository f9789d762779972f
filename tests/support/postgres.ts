import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  /** Connects as the role that owns it, which is no superuser, as in production. */
  readonly url: string;
  /** Ends what is still connected and removes it. */
  drop(): Promise<void>;
}

/** A migrated database of the caller's own, cloned in some tens of milliseconds. Empty of rows unless told otherwise. */
export async function createTestDatabase(
  options: { readonly isEmpty?: boolean } = {},
): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = options.isEmpty ? 'template0' : 'slipway_template';
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER slipway`);
  const url = new URL(inject('postgresTemplateUrl'));
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function asAdmin(sql: string): Promise<void> {
  const admin = new pg.Client(inject('postgresAdminUrl'));
  await admin.connect();
  try {
    await admin.query(sql);
  } finally {
    await admin.end();
  }
}
