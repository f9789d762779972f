import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findUnknownVariables, parseSettings } from '#lib/config/parse-settings.ts';
import { variables } from '#lib/config/settings.ts';
import { SettingsError } from '#lib/config/settings-error.ts';

describe('without any variable', () => {
  test('it listens on this machine alone and keeps everything in ./data', () => {
    expect(parseSettings({})).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      dataFolder: path.resolve('data'),
      databaseUrl: undefined,
      registriesFile: path.resolve('data/registries.json'),
      keyFile: path.resolve('data/keys'),
      trustedProxies: [],
      allowedOrigins: [],
      workerSlots: 2,
      storeBytesMax: null,
      storeDaysMax: 30,
    });
    expect(parseSettings({}).publicUrl.href).toBe('http://localhost:3000/');
  });

  test('an empty variable counts as not set', () => {
    expect(parseSettings({ PORT: '', HOST: '  ' })).toEqual(parseSettings({}));
  });
});

describe('what is set', () => {
  test('is read into types that cannot be wrong', () => {
    const settings = parseSettings({
      PORT: '8080',
      HOST: '::1',
      SLIPWAY_URL: 'https://slipway.example.com',
      SLIPWAY_DATA: '/srv/slipway',
      SLIPWAY_TRUSTED_PROXIES: '10.0.0.0/8, ::1,192.0.2.7',
      SLIPWAY_ALLOWED_ORIGINS: 'https://other.example.com/',
      SLIPWAY_WORKER_SLOTS: '64',
      SLIPWAY_STORE_BYTES_MAX: '50GB',
      SLIPWAY_STORE_DAYS_MAX: 'none',
      AWS_ENDPOINT_URL_STS: 'https://vpce-1.sts.eu-west-1.vpce.amazonaws.com',
    });
    expect(settings).toMatchObject({
      port: 8080,
      host: '::1',
      dataFolder: '/srv/slipway',
      registriesFile: '/srv/slipway/registries.json',
      keyFile: '/srv/slipway/keys',
      trustedProxies: ['10.0.0.0/8', '::1/128', '192.0.2.7/32'],
      allowedOrigins: ['https://other.example.com'],
      workerSlots: 64,
      storeBytesMax: 50_000_000_000,
      storeDaysMax: null,
    });
    expect(settings.publicUrl.origin).toBe('https://slipway.example.com');
    expect(settings.awsEndpoints.ecr).toBeUndefined();
    expect(settings.awsEndpoints.sts?.host).toBe('vpce-1.sts.eu-west-1.vpce.amazonaws.com');
  });

  test('the address follows the port when only the port is set', () => {
    expect(parseSettings({ PORT: '8080' }).publicUrl.origin).toBe('http://localhost:8080');
  });
});

describe('a wrong setting is named with its value and what is expected', () => {
  test.each([
    ['PORT', '0'],
    ['PORT', '65536'],
    ['PORT', '80a'],
    ['PORT', '-1'],
    ['PORT', '3e3'],
    ['HOST', 'example.com'],
    ['HOST', '127.0.0.256'],
    ['AWS_ENDPOINT_URL_ECR', 'vpce-1.api.ecr.eu-west-1.vpce.amazonaws.com'],
    ['SLIPWAY_URL', 'slipway.example.com'],
    ['SLIPWAY_URL', 'ftp://slipway.example.com'],
    ['SLIPWAY_URL', 'https://slipway.example.com/path'],
    ['SLIPWAY_URL', 'https://user:pass@slipway.example.com'],
    ['SLIPWAY_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['SLIPWAY_TRUSTED_PROXIES', '10.0.0.0/8/8'],
    ['SLIPWAY_TRUSTED_PROXIES', 'proxy.example.com'],
    ['SLIPWAY_TRUSTED_PROXIES', '::1/129'],
    ['SLIPWAY_ALLOWED_ORIGINS', 'https://a.example.com,*'],
    ['SLIPWAY_WORKER_SLOTS', '0'],
    ['SLIPWAY_WORKER_SLOTS', '1.5'],
    ['SLIPWAY_STORE_BYTES_MAX', '50GiB'],
    ['SLIPWAY_STORE_BYTES_MAX', 'all'],
    ['SLIPWAY_STORE_DAYS_MAX', '0'],
    ['SLIPWAY_LOG_LEVEL', 'verbose'],
  ])('%s=%s', (name, value) => {
    const [problem, ...others] = problemsOf({ [name]: value });
    expect(others).toEqual([]);
    const { expects } = variables[name as keyof typeof variables];
    expect(problem).toBe(`${name} is ${JSON.stringify(value)} but must be ${expects}.`);
  });

  test.each(['mysql://u:hunter2@db/x', 'hunter2', 'postgresql://u:hunter2@db', 'postgresql:///'])(
    'DATABASE_URL=%s, without repeating a password',
    (value) => {
      const [problem] = problemsOf({ DATABASE_URL: value });
      expect(problem).toMatch(/^DATABASE_URL must be an address like postgresql:/);
      expect(problem).not.toContain('hunter2');
    },
  );

  test('all at once, one line each', () => {
    const problems = problemsOf({ PORT: 'x', HOST: 'x', SLIPWAY_WORKER_SLOTS: 'x' });
    expect(problems.map((line) => line.split(' ')[0])).toEqual(['PORT', 'HOST', 'SLIPWAY_WORKER_SLOTS']);
    expect(problems.join('')).not.toContain('\n');
  });

  test('cut short when it is long', () => {
    expect(problemsOf({ HOST: 'x'.repeat(5_000) })[0]?.length).toBeLessThan(200);
  });
});

describe('a variable that no setting has', () => {
  test.each([
    ['SLIPWAY_WORKERSLOTS', 'SLIPWAY_WORKER_SLOTS'],
    ['SLIPWAY_REGISTRY', 'SLIPWAY_REGISTRIES'],
    ['SLIPWAY_TRUSTED_PROXY', 'SLIPWAY_TRUSTED_PROXIES'],
  ])('%s: did you mean %s?', (name, meant) => {
    expect(findUnknownVariables({ [name]: 'x' })).toEqual([
      `${name} is not a setting of Slipway; did you mean ${meant}?`,
    ]);
  });

  test('is of no interest when it belongs to somebody else', () => {
    expect(findUnknownVariables({ PROT: '1', PATH: '/bin', SLIPWAY_DATA: 'x' })).toEqual([]);
  });
});

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    parseSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  throw new Error('These settings were taken');
}
