import { readdirSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'prisma/config';

// npm downloads the native schema engine from a host of Prisma's own. Where it could not, ours stands in.
const engines = path.join(import.meta.dirname, 'node_modules', '@prisma', 'engines');
const hasNativeEngine = readdirSync(engines).some((file) => file.startsWith('schema-engine-'));
if (!hasNativeEngine) {
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= path.join(import.meta.dirname, 'prisma/schema-engine/main.ts');
}

// The address is used by the migration commands of developers only; the product applies migrations itself.
export default defineConfig({
  schema: 'prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost:5432/slipway' },
});
