import { defineConfig, devices } from '@playwright/test';
import { findStage } from './tests/e2e/support/stage.ts';

/**
 * Debian's Chromium without windows, which takes a quarter less of the processors; elsewhere name another with SLIPWAY_CHROMIUM. Root
 * cannot run Chromium's own sandbox.
 */
const executablePath = process.env.SLIPWAY_CHROMIUM ?? '/usr/bin/chromium-headless-shell';
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const stage = findStage();

/**
 * One product, started as a person starts it, for all files: they run one after the other. "first run" makes the
 * owner on the fresh server; every other file starts signed in as that owner.
 */
export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results/browser',
  globalSetup: './tests/e2e/support/global-setup.ts',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  // Waits are bounded by conditions; these bounds, and that of actions, only end what hangs.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: 'line',
  use: {
    ...devices['Desktop Chrome'],
    baseURL: stage?.url,
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath, args: [...sandbox, '--disable-background-networking'] },
    locale: 'en-GB',
    actionTimeout: 60_000,
    // Without the film: it takes a tenth of the run, and the picture of the failure is kept beside it.
    trace: process.env.CI === undefined ? { mode: 'retain-on-failure', screenshots: false } : 'off',
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'first run', testMatch: 'first-run.setup.ts' },
    {
      name: 'signed in',
      testMatch: '*.spec.ts',
      dependencies: ['first run'],
      use: { storageState: stage?.ownerState },
    },
  ],
});
