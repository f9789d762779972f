import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '#lib/db/embedded-postgres.ts';
import { applyMigrations } from '#lib/db/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser's address of the run's one Postgres server. */
    readonly postgresAdminUrl: string;
    /** The role that owns every test database, with its password; the path names the migrated template. */
    readonly postgresTemplateUrl: string;
  }
}

/** One real Postgres for the whole run, holding one migrated database that every test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataFolder = await mkdtemp(path.join(tmpdir(), 'slipway-tests-'));
  const server = await startEmbeddedPostgres({
    dataFolder,
    // Test databases die with the run, so nothing is lost if the machine loses power.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '400' },
  });
  const template = new URL(server.url);
  template.pathname = '/slipway_template';
  const admin = new pg.Client(server.adminUrl);
  await admin.connect();
  await admin.query('CREATE DATABASE slipway_template OWNER slipway');
  await admin.end();
  await applyMigrations({ url: template.href });
  project.provide('postgresAdminUrl', server.adminUrl);
  project.provide('postgresTemplateUrl', template.href);
  return async () => {
    await server.stop();
    await rm(dataFolder, { recursive: true });
  };
}
