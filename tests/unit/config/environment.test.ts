import { afterEach, expect, test, vi } from 'vitest';
import { toolEnvironment, webEnvironment, workerEnvironment } from '#lib/config/environment.ts';
import { parseSettings } from '#lib/config/parse-settings.ts';

afterEach(() => vi.unstubAllEnvs());

const given = { settings: parseSettings({ SLIPWAY_DATA: '/srv/slipway' }), databaseUrl: 'postgresql://db/x' };

test('the web process is given nothing that opens a secret, the worker is', () => {
  vi.stubEnv('SLIPWAY_KEYS', 'a private key');
  vi.stubEnv('SLIPWAY_KEY_COMMAND', 'print keys');
  expect(Object.keys(webEnvironment(given)).filter((name) => name.startsWith('SLIPWAY_KEY'))).toEqual([]);
  expect(JSON.stringify(webEnvironment(given))).not.toContain('private key');
  expect(workerEnvironment(given)).toMatchObject({
    SLIPWAY_KEYS: 'a private key',
    SLIPWAY_KEY_COMMAND: 'print keys',
  });
});

test('both use the database and the folder of the process that starts them', () => {
  for (const environment of [webEnvironment(given), workerEnvironment(given)]) {
    expect(environment).toMatchObject({
      DATABASE_URL: 'postgresql://db/x',
      SLIPWAY_DATA: '/srv/slipway',
      SLIPWAY_REGISTRIES: '/srv/slipway/registries.json',
    });
  }
});

test('tools get a path and nothing of ours', () => {
  vi.stubEnv('SLIPWAY_KEYS', 'a private key');
  vi.stubEnv('DATABASE_URL', 'postgresql://u:p@db/x');
  expect(JSON.stringify(toolEnvironment())).not.toMatch(/SLIPWAY|DATABASE_URL/);
  expect(toolEnvironment().PATH).toBe(process.env.PATH);
});
