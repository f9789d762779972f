import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { openSchemaEngine, type SchemaFile } from '../../../prisma/schema-engine/engine.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client(database.url);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

test('the migrations make what the models describe', async () => {
  const folder = path.resolve(import.meta.dirname, '../../../prisma');
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.prisma'));
  const files = names.map((name) => path.join(folder, name));
  const schema = await Promise.all(
    files.map(async (file): Promise<SchemaFile> => [file, await readFile(file, 'utf8')]),
  );
  const engine = await openSchemaEngine({ url: database.url, schema });
  const { stdout } = await engine.diff({
    from: { tag: 'schemaDatasource', files: schema.map(toFile), configDir: folder },
    to: { tag: 'schemaDatamodel', files: schema.map(toFile) },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  const statements = (stdout ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('--'));
  expect(statements.filter((line) => !isMisread(line))).toEqual([]);
});

test.each([
  [
    'a build that ended without an end',
    `INSERT INTO build (${buildColumns()}, state) VALUES (${buildValues()}, 'failed')`,
  ],
  [
    'a build that runs after its end',
    `INSERT INTO build (${buildColumns()}, ended_at) VALUES (${buildValues()}, now())`,
  ],
  ['a blob whose name is no digest', `INSERT INTO blob (digest, size_bytes) VALUES ('sha256:../../etc', 1)`],
  [
    'a blob of negative size',
    `INSERT INTO blob (digest, size_bytes) VALUES ('sha256:${'0'.repeat(64)}', -1)`,
  ],
  ['a set-up code in plain text', `INSERT INTO set_up_code (code_hash) VALUES ('ABCD-EFGH')`],
])('the database refuses %s', async (_name, sql) => {
  await client.query('BEGIN');
  await client.query(`INSERT INTO workspace (id, name) VALUES ('${workspaceId}', 'w')`);
  await expect(client.query(sql)).rejects.toMatchObject({ code: '23514' });
  await client.query('ROLLBACK');
});

const workspaceId = '0192f0a0-0000-7000-8000-000000000001';

function buildColumns(): string {
  return 'id, workspace_id, number, reference, platform, requested_by, requester_name';
}

function buildValues(): string {
  return `gen_random_uuid(), '0192f0a0-0000-7000-8000-000000000001', 1, 'r', 'linux/amd64', 'u', 'n'`;
}

/** Prisma does not recognise the operator class of these indexes when it reads them back, and would make them anew. */
function isMisread(statement: string): boolean {
  return /^(DROP|CREATE) INDEX "build_(base|index|result)_digest"/.test(statement);
}

const toFile = ([file, content]: SchemaFile) => ({ path: file, content });
