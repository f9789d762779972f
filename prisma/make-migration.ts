// `npm run db:migration -- NAME`: writes the migration that brings the existing ones to the models, in a Postgres of
// its own that is gone afterwards. What the models cannot say (CHECK constraints, data) is then added by hand.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '#lib/db/embedded-postgres.ts';
import { migrationsFolder, readMigrations } from '#lib/db/migrate.ts';
import { openSchemaEngine, type SchemaFile } from './schema-engine/engine.ts';

const [name] = process.argv.slice(2);
if (name === undefined || !/^[a-z0-9_]+$/.test(name)) {
  process.stderr.write('Usage: npm run db:migration -- NAME, in words_like_this\n');
  process.exit(2);
}

const sql = await differenceToModels();
if (sql.trim() === '' || sql.includes('This is an empty migration')) {
  process.stdout.write('The migrations say what the models say; there is nothing to write.\n');
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = path.join(migrationsFolder, `${stamp}_${name}`);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'migration.sql'), sql);
  process.stdout.write(`${path.relative('.', folder)}/migration.sql\n${sql}`);
}

/** SQL from the schema that the migrations make to the schema that the models describe. */
async function differenceToModels(): Promise<string> {
  const dataFolder = await mkdtemp(path.join(tmpdir(), 'slipway-migration-'));
  const server = await startEmbeddedPostgres({ dataFolder, settings: { fsync: 'off' } });
  try {
    const schema = await readModels(path.resolve(migrationsFolder, '..'));
    const engine = await openSchemaEngine({ url: server.adminUrl, schema });
    const files = schema.map(([file, content]) => ({ path: file, content }));
    const { stdout } = await engine.diff({
      from: { tag: 'migrations', ...(await listMigrations()) },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    return stdout ?? '';
  } finally {
    await server.stop();
    await rm(dataFolder, { recursive: true });
  }
}

async function readModels(folder: string): Promise<readonly SchemaFile[]> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((file) => file.endsWith('.prisma')).map((file) => path.join(folder, file));
  return Promise.all(files.map(async (file): Promise<SchemaFile> => [file, await readFile(file, 'utf8')]));
}

async function listMigrations() {
  const migrations = await readMigrations(migrationsFolder);
  return {
    baseDir: migrationsFolder,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(path.join(migrationsFolder, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map((migration) => ({
      path: migration.name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: migration.sql } },
    })),
  };
}
