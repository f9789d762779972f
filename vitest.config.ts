import { defineConfig } from 'vitest/config';

/** How long `expect.poll` waits for what has to come true: a busy machine takes its time, and nothing waits for this to pass. */
const patienceMs = 30_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.{ts,tsx}'],
          testTimeout: 60_000,
          expect: { poll: { timeout: patienceMs } },
          // They keep nothing in modules, so that these are loaded once instead of once for each file.
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          globalSetup: ['tests/support/base-systems.ts', 'tests/support/postgres-server.ts'],
          // Waits are bounded by conditions; these bounds only end what hangs.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: patienceMs } },
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
