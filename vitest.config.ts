import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.{ts,tsx}'],
          testTimeout: 20_000,
          // They keep nothing in modules, so that these are loaded once instead of once for each file.
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          globalSetup: ['tests/support/postgres-server.ts'],
          // Waits are bounded by conditions; this bound only ends what hangs.
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Takes as long as it takes: `npm run test:long`.
        test: {
          name: 'long',
          include: ['tests/long/**/*.test.ts'],
        },
      },
    ],
  },
});
