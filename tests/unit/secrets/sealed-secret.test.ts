import { describe, expect, test } from 'vitest';
import { fromBase64, toBase64 } from '#lib/secrets/base64.ts';
import { secretNameSchema } from '#lib/secrets/schema.ts';
import { newId, sealDraft } from '#lib/secrets/seal-draft.ts';
import { sealedSecretSchema, sealedVersionSchema } from '#lib/secrets/sealed-secret.ts';
import { validateSecret } from '#lib/secrets/validate-secret.ts';
import { loadKeyring } from '#lib/vault/keyring.ts';
import { openSecret } from '#lib/vault/open.ts';

const keyring = await loadKeyring({
  file: '/nowhere',
  text: `slipway-key-1 ${Buffer.alloc(32, 5).toString('base64url')}`,
});
const key = { id: keyring.newest.id, publicKey: toBase64(keyring.newest.publicKey) };
const workspaceId = newId();
const secretId = newId();
const draft = validateSecret({
  type: 'registry',
  values: { REGISTRY_HOST: 'ghcr.io', REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: 'hunter2hunter2' },
});
const posted = await sealDraft({ key, workspaceId, secretId, draft });

test('what a form posts names what is public, opens to the values, and holds them nowhere else', async () => {
  const version = sealedVersionSchema.parse(JSON.parse(JSON.stringify(posted)));
  expect(version).toMatchObject({
    type: 'registry',
    host: 'ghcr.io',
    keys: ['REGISTRY_HOST', 'REGISTRY_USERNAME', 'REGISTRY_PASSWORD'],
    facts: { REGISTRY_HOST: 'ghcr.io', REGISTRY_USERNAME: 'ines' },
  });
  const binding = { workspaceId, secretId, versionId: version.versionId };
  const opened = await openSecret({ keyring, binding, keyId: version.keyId, sealed: version.sealed });
  expect(opened).toEqual({ type: 'registry', host: 'ghcr.io', values: draft.values });
  const wire = JSON.stringify(posted) + Buffer.from(version.sealed).toString('latin1');
  expect(wire).not.toContain('hunter2');
});

describe('a post is refused', () => {
  test.each([
    ['a sensitive key among the facts', { facts: { ...posted.facts, REGISTRY_PASSWORD: 'hunter2' } }],
    ['an unknown fact', { facts: { ...posted.facts, note: 'x' } }],
    ['a key of another type', { keys: [...posted.keys, 'AWS_REGION'] }],
    ['a missing key', { keys: ['REGISTRY_HOST', 'REGISTRY_USERNAME'] }],
    ['a key twice', { keys: [...posted.keys, 'REGISTRY_HOST'] }],
    ['no key', { keys: [] }],
    ['another host', { host: 'evil.example' }],
    ['no host', { host: null }],
    ['another type', { type: 'docker_hub' }],
    ['an unknown type', { type: 'azure' }],
    ['an id that is none', { versionId: '1' }],
    ['an id in capitals', { versionId: posted.versionId.toUpperCase() }],
    ['no ciphertext', { sealed: '' }],
    ['ciphertext that is no base64', { sealed: '*' }],
    ['too much ciphertext', { sealed: 'A'.repeat(700_000) }],
    ['a long fact', { facts: { ...posted.facts, REGISTRY_USERNAME: 'x'.repeat(3000) } }],
  ])('with %s', (_, change) => {
    expect(sealedVersionSchema.safeParse(posted).success).toBe(true);
    expect(sealedVersionSchema.safeParse({ ...posted, ...change }).success).toBe(false);
    const named = { ...posted, id: secretId, name: 'ghcr-pull' };
    expect(sealedSecretSchema.safeParse(named).success).toBe(true);
    expect(sealedSecretSchema.safeParse({ ...named, ...change }).success).toBe(false);
  });
});

test.each([
  [undefined, true],
  [[], true],
  [['acme/*', 'ghcr.io/web/app'], true],
  [['acme/*', 'acme/*'], false],
  [['Acme/*'], false],
  [['acme/app:1.4'], false],
  [['quay.io/acme/*'], false],
  [[' '], false],
  [Array.from({ length: 51 }, (_, index) => `acme/${index}`), false],
])('repositories %o: %s', (repositories, isTaken) => {
  const input = { ...posted, id: secretId, name: 'ghcr-pull', repositories };
  expect(sealedSecretSchema.safeParse(input).success).toBe(isTaken);
});

test.each([
  ['hub-pull', undefined],
  ['a', undefined],
  ['9', undefined],
  ['x'.repeat(63), undefined],
  ['', /Enter a name/],
  ['x'.repeat(64), /63/],
  ['Hub', /lower case/],
  ['hub pull', /lower case/],
  ['hüb', /lower case/],
  ['hub_pull', /lower case/],
  ['-hub', /Begin and end/],
  ['hub-', /Begin and end/],
  ['hub\n', /lower case/],
])('the name %j', (name, problem) => {
  const issue = secretNameSchema.safeParse(name).error?.issues[0]?.message;
  if (problem === undefined) expect(issue).toBeUndefined();
  else expect(issue).toMatch(problem);
});

test('base64 is that of Node, at every length and for large records', () => {
  for (const length of [0, 1, 2, 3, 16_384, 16_385, 200_000]) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 31) & 255);
    expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  }
});

test('ids are version 4 UUIDs, each its own', () => {
  const ids = Array.from({ length: 100 }, newId);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(100);
});
