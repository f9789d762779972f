import { defineConfig } from 'prisma/config';

// The address is used by the migration commands of developers only; the product applies migrations itself.
export default defineConfig({
  schema: 'prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost:5432/slipway' },
});
