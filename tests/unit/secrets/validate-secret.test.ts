import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secretFields } from '#lib/secrets/fields.ts';
import { type SecretType, secretTypes } from '#lib/secrets/schema.ts';
import { validateSecret } from '#lib/secrets/validate-secret.ts';

const id = 'AKIAIOSFODNN7EXAMPLE';
const temporaryId = 'ASIAIOSFODNN7EXAMPLE';
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const keys = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: 'eu-west-1' };
const hub = { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: 'dckr_pat_abcdefghijklmnopqrstuvwxyz0' };

describe('what is right is taken, without the white space of pasting', () => {
  test('Docker Hub', () => {
    expect(validateSecret({ type: 'docker_hub', values: { ...hub, REGISTRY_USERNAME: ' ines\n' } })).toEqual({
      type: 'docker_hub',
      values: hub,
      host: 'docker.io',
      facts: { REGISTRY_USERNAME: 'ines' },
      problems: {},
      warnings: {},
    });
  });

  test('AWS, where empty optional fields are left out', () => {
    expect(
      validateSecret({ type: 'aws', values: { ...keys, AWS_SESSION_TOKEN: '', AWS_ROLE_ARN: ' ' } }),
    ).toEqual({
      type: 'aws',
      values: keys,
      host: '*.dkr.ecr.*.amazonaws.com',
      facts: { AWS_ACCESS_KEY_ID: id, AWS_REGION: 'eu-west-1' },
      problems: {},
      warnings: {},
    });
  });

  test('another registry, by its normalised host', () => {
    const values = { ...hub, REGISTRY_HOST: 'https://GHCR.io/acme' };
    expect(validateSecret({ type: 'registry', values })).toEqual({
      type: 'registry',
      values: { REGISTRY_HOST: 'ghcr.io', ...hub },
      host: 'ghcr.io',
      facts: { REGISTRY_HOST: 'ghcr.io', REGISTRY_USERNAME: 'ines' },
      problems: {},
      warnings: { REGISTRY_HOST: expect.stringContaining('every repository on ghcr.io') },
    });
  });

  test('custom keys, with values as they are', () => {
    const values = { HF_TOKEN: ' hf_x \n', _a1: '', ['__proto__']: 'a value' };
    const checked = validateSecret({ type: 'custom', values: JSON.parse(JSON.stringify(values)) });
    expect(Object.entries(checked.values)).toEqual(Object.entries(values));
    expect(checked).toMatchObject({ host: null, facts: {}, problems: {} });
  });

  test.each(['us-gov-west-1', 'cn-north-1', 'us-iso-east-1', 'eusc-de-east-1', 'ap-southeast-2'])(
    'region %s',
    (region) => {
      expect(validateSecret({ type: 'aws', values: { ...keys, AWS_REGION: region } }).problems).toEqual({});
    },
  );

  test.each([
    'arn:aws:iam::111122223333:role/slipway-pull',
    'arn:aws-us-gov:iam::111122223333:role/team/ci/slipway_pull',
    'arn:aws-cn:iam::111122223333:role/a',
  ])('role %s', (role) => {
    const values = { ...keys, AWS_ROLE_ARN: role, AWS_EXTERNAL_ID: 'acme-42' };
    const { problems, facts } = validateSecret({ type: 'aws', values });
    expect(problems).toEqual({});
    expect(facts).toEqual({ AWS_ACCESS_KEY_ID: id, AWS_REGION: 'eu-west-1', AWS_ROLE_ARN: role });
  });
});

describe('what is not is answered at its field with what to do', () => {
  test.each<[SecretType, Record<string, string>, string, RegExp]>([
    ['docker_hub', { REGISTRY_PASSWORD: 'x' }, 'REGISTRY_USERNAME', /^Enter the username\.$/],
    ['docker_hub', { REGISTRY_USERNAME: 'ines' }, 'REGISTRY_PASSWORD', /^Enter the access token\.$/],
    ['docker_hub', { ...hub, REGISTRY_USERNAME: 'ines:x' }, 'REGISTRY_USERNAME', /colon/],
    [
      'docker_hub',
      { ...hub, REGISTRY_USERNAME: hub.REGISTRY_PASSWORD },
      'REGISTRY_USERNAME',
      /looks like a token/,
    ],
    [
      'registry',
      { REGISTRY_HOST: 'r.example', REGISTRY_USERNAME: secret, REGISTRY_PASSWORD: secret },
      'REGISTRY_USERNAME',
      /looks like a token/,
    ],
    ['docker_hub', { ...hub, REGISTRY_PASSWORD: 'a\nb' }, 'REGISTRY_PASSWORD', /one line/],
    ['docker_hub', { ...hub, REGISTRY_PASSWORD: 'x'.repeat(32_769) }, 'REGISTRY_PASSWORD', /32,768/],
    ['docker_hub', { ...hub, REGISTRY_HOST: 'ghcr.io' }, 'REGISTRY_HOST', /does not belong/],
    ['docker_hub', { ...hub, constructor: 'x' }, 'constructor', /does not belong/],
    ['docker_hub', JSON.parse('{"__proto__": "x"}'), '__proto__', /does not belong/],
    [
      'aws',
      { ...keys, AWS_ACCESS_KEY_ID: secret, AWS_SECRET_ACCESS_KEY: id },
      'AWS_ACCESS_KEY_ID',
      /looks like the secret/,
    ],
    [
      'aws',
      { ...keys, AWS_ACCESS_KEY_ID: secret, AWS_SECRET_ACCESS_KEY: id },
      'AWS_SECRET_ACCESS_KEY',
      /is an access key id/,
    ],
    [
      'aws',
      { ...keys, AWS_ACCESS_KEY_ID: 'AROAIOSFODNN7EXAMPLE' },
      'AWS_ACCESS_KEY_ID',
      /user, role or group/,
    ],
    ['aws', { ...keys, AWS_ACCESS_KEY_ID: 'arn:aws:iam::1:user/x' }, 'AWS_ACCESS_KEY_ID', /is an ARN/],
    ['aws', { ...keys, AWS_ACCESS_KEY_ID: 'AKIA' }, 'AWS_ACCESS_KEY_ID', /this has 4 characters/],
    ['aws', { ...keys, AWS_ACCESS_KEY_ID: id.toLowerCase() }, 'AWS_ACCESS_KEY_ID', /capitals/],
    ['aws', { ...keys, AWS_ACCESS_KEY_ID: 'hello' }, 'AWS_ACCESS_KEY_ID', /begins with AKIA/],
    ['aws', { ...keys, AWS_SECRET_ACCESS_KEY: secret.slice(1) }, 'AWS_SECRET_ACCESS_KEY', /this has 39/],
    [
      'aws',
      { ...keys, AWS_SECRET_ACCESS_KEY: secret.replace('/', '%') },
      'AWS_SECRET_ACCESS_KEY',
      /letters, digits/,
    ],
    ['aws', { ...keys, AWS_ACCESS_KEY_ID: temporaryId }, 'AWS_SESSION_TOKEN', /session token that came with/],
    ['aws', { ...keys, AWS_SESSION_TOKEN: 'FwoG' }, 'AWS_SESSION_TOKEN', /Leave this empty/],
    ['aws', { ...keys, AWS_REGION: 'Ireland' }, 'AWS_REGION', /eu-west-1/],
    ['aws', { ...keys, AWS_REGION: 'eu-west-1a' }, 'AWS_REGION', /availability zone/],
    [
      'aws',
      { AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/x' },
      'AWS_ACCESS_KEY_ID',
      /never uses the identity of the machine/,
    ],
    ['aws', { ...keys, AWS_ROLE_ARN: 'slipway-pull' }, 'AWS_ROLE_ARN', /whole ARN/],
    ['aws', { ...keys, AWS_ROLE_ARN: 'arn:aws:iam::111122223333:user/x' }, 'AWS_ROLE_ARN', /is a user/],
    [
      'aws',
      { ...keys, AWS_ROLE_ARN: 'arn:aws:sts::111122223333:assumed-role/x/y' },
      'AWS_ROLE_ARN',
      /session of a role/,
    ],
    ['aws', { ...keys, AWS_EXTERNAL_ID: 'acme' }, 'AWS_EXTERNAL_ID', /Enter the role/],
    ['gcp', {}, 'SERVICE_ACCOUNT_JSON', /^Enter the service account JSON\.$/],
    ['registry', { ...hub }, 'REGISTRY_HOST', /^Enter the registry host\.$/],
    ['registry', { ...hub, REGISTRY_HOST: 'docker.io' }, 'REGISTRY_HOST', /type Docker Hub/],
    [
      'registry',
      { ...hub, REGISTRY_HOST: 'ghcr.io', REGISTRY_USERNAME: 'x'.repeat(256) },
      'REGISTRY_USERNAME',
      /255/,
    ],
    ['custom', {}, '', /Add a key/],
    ['custom', { '1A': 'x' }, '1A', /begin with no digit/],
    ['custom', { 'A-B': 'x' }, 'A-B', /letters, digits and underscores/],
    ['custom', { ['A'.repeat(16_385)]: 'x' }, 'A'.repeat(16_385), /16,384/],
    ['custom', { A: 'x'.repeat(32_769) }, 'A', /32,768/],
    ['custom', { A: 'a\0b' }, 'A', /NUL/],
  ])('%s %j', (type, values, key, sentence) => {
    expect(validateSecret({ type, values }).problems[key]).toMatch(sentence);
  });

  test('101 custom keys are too many, 100 are not', () => {
    const some = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`K${index}`, '']));
    expect(validateSecret({ type: 'custom', values: some(100) }).problems).toEqual({});
    expect(validateSecret({ type: 'custom', values: some(101) }).problems['']).toMatch(/Split/);
  });
});

test.each<[SecretType, Record<string, string>, string, RegExp]>([
  [
    'docker_hub',
    { ...hub, REGISTRY_PASSWORD: 'my password' },
    'REGISTRY_PASSWORD',
    /does not look like an access token/,
  ],
  ['docker_hub', { ...hub, REGISTRY_PASSWORD: 'dckr_pat_abc' }, 'REGISTRY_PASSWORD', /Copy it again/],
  ['docker_hub', { ...hub, REGISTRY_USERNAME: 'ines@example.com' }, 'REGISTRY_USERNAME', /Docker ID/],
  [
    'aws',
    { ...keys, AWS_ACCESS_KEY_ID: temporaryId, AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEBYaD' },
    'AWS_ACCESS_KEY_ID',
    /within hours/,
  ],
  [
    'registry',
    { ...hub, REGISTRY_HOST: 'ghcr.io', REGISTRY_PASSWORD: 'github_pat_1' },
    'REGISTRY_PASSWORD',
    /classic tokens/,
  ],
  ['custom', { REGISTRY_PASSWORD: 'x' }, 'REGISTRY_PASSWORD', /never sent to a registry/],
])('%s %j is taken with a warning', (type, values, key, sentence) => {
  const { problems, warnings } = validateSecret({ type, values });
  expect(problems).toEqual({});
  expect(warnings[key]).toMatch(sentence);
});

test.each([
  'dckr_pat_abcdefghijklmnopqrstuvwxyz0',
  'dckr_oat_7awgM4jG5SQvxcvmNzhKj8PQjxo',
  '1c0d7a2e-6a2b-4f0e-9d56-0a7b6f8c9d10',
])('the token %s raises no warning', (REGISTRY_PASSWORD) => {
  expect(validateSecret({ type: 'docker_hub', values: { ...hub, REGISTRY_PASSWORD } }).warnings).toEqual({});
});

const anyDraft = fc.constantFrom(...secretTypes).chain((type) => {
  const known = secretFields[type].map(({ key }) => key);
  const key = known.length > 0 ? fc.oneof(fc.constantFrom(...known), fc.string()) : fc.string();
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(id, secret, 'ghcr.io/x', 'https://quay.io', ...Object.values(hub)),
  );
  return fc.record({ type: fc.constant(type), values: fc.dictionary(key, value) });
});

test('normalising twice is normalising once; nothing throws; no problem repeats a sensitive value', () => {
  fc.assert(
    fc.property(anyDraft, (draft) => {
      const once = validateSecret(draft);
      expect(validateSecret(once)).toMatchObject({ values: once.values, host: once.host, facts: once.facts });
      const said = JSON.stringify([once.problems, once.warnings, once.facts]);
      const sensitive = secretFields[draft.type]
        .filter(({ isSensitive }) => isSensitive)
        .map(({ key }) => key);
      for (const value of sensitive
        .map((key) => once.values[key] ?? '')
        .filter(({ length }) => length >= 20)) {
        if (value !== id || draft.type !== 'aws') expect(said).not.toContain(value);
      }
    }),
    { numRuns: 500 },
  );
});

test('no sentence says what the words of the product leave out', async () => {
  const { readFile, readdir } = await import('node:fs/promises');
  const folder = new URL('../../../lib/secrets/', import.meta.url);
  for (const name of await readdir(folder)) {
    const text = await readFile(new URL(name, folder), 'utf8');
    expect(text.match(/'[^'\n]*\b(?:invalid|please|oops|successfully)\b[^'\n]*'/i)).toBeNull();
  }
});
