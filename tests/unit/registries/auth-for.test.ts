import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authFor } from '#lib/registries/auth-for.ts';
import { type Binding, bindingOf, isBoundTo } from '#lib/registries/binding.ts';
import {
  CustomSecretError,
  RegistryTypeNotYetError,
  SecretHostMismatchError,
} from '#lib/registries/errors.ts';

const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

describe('where a secret may go', () => {
  test.each<[Binding['type'], string | undefined, readonly string[], readonly string[]]>([
    [
      'docker_hub',
      undefined,
      ['docker.io', 'index.docker.io'],
      ['ghcr.io', 'docker.io:443', 'docker.io.evil.example', ''],
    ],
    [
      'aws',
      undefined,
      [ecr, '123456789012.dkr-ecr.us-east-1.on.aws'],
      ['docker.io', 'public.ecr.aws', `${ecr}.evil.example`],
    ],
    ['gcp', undefined, ['us-docker.pkg.dev', 'gcr.io'], ['evil.gcr.io', 'docker.io']],
    [
      'registry',
      'ghcr.io',
      ['ghcr.io', 'GHCR.io'],
      ['ghcr.io:443', 'x.ghcr.io', 'ghcr.io.evil.example', 'docker.io', ''],
    ],
    ['registry', 'r.example:5000', ['r.example:5000'], ['r.example', 'r.example:5001']],
    ['registry', undefined, [], ['ghcr.io', '', 'null', 'undefined']],
    ['custom', 'ghcr.io', [], ['ghcr.io', 'docker.io', '']],
  ])('%s %s', (type, host, bound, unbound) => {
    const binding = bindingOf({ type, host });
    expect(bound.filter((registryHost) => !isBoundTo({ binding, registryHost }))).toEqual([]);
    expect(unbound.filter((registryHost) => isBoundTo({ binding, registryHost }))).toEqual([]);
  });

  test('a type with a host that is not its own goes nowhere', () => {
    for (const type of ['docker_hub', 'aws', 'gcp', 'custom'] as const) {
      const binding = { type, host: 'evil.example' };
      for (const registryHost of ['evil.example', 'docker.io', ecr, 'gcr.io']) {
        expect(isBoundTo({ binding, registryHost })).toBe(false);
      }
    }
  });
});

describe('authFor', () => {
  const values = { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: 'hunter2hunter2' };

  test('offers nothing without a secret', () => {
    const auth = authFor({ reference: { registry: 'ghcr.io' }, secret: null });
    expect(auth).toEqual({ explain: 'Asking ghcr.io without a secret' });
  });

  test.each([
    ['docker.io', { ...bindingOf({ type: 'docker_hub' }), values }],
    ['ghcr.io', { ...bindingOf({ type: 'registry', host: 'ghcr.io' }), values }],
  ])('offers %s the username and password of its secret, and names no password', (registry, secret) => {
    const { credentials, explain } = authFor({ reference: { registry }, secret });
    expect(credentials).toEqual({ username: 'ines', password: 'hunter2hunter2' });
    expect(explain).toBe(`Signing in to ${registry} as ines`);
  });

  test('sends nothing to any host but the bound one', () => {
    const secret = { ...bindingOf({ type: 'registry', host: 'ghcr.io' }), values };
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string()), (registry) => {
        fc.pre(registry.toLowerCase() !== 'ghcr.io');
        expect(() => authFor({ reference: { registry }, secret })).toThrow(SecretHostMismatchError);
      }),
    );
  });

  test.each([
    ['aws', ecr, RegistryTypeNotYetError, /cannot sign in to AWS ECR/],
    ['gcp', 'gcr.io', RegistryTypeNotYetError, /cannot sign in to Google Artifact Registry/],
    ['aws', 'docker.io', SecretHostMismatchError, /not for docker\.io/],
    ['custom', 'docker.io', CustomSecretError, /custom secret/],
  ] as const)('%s for %s is refused', (type, registry, error, message) => {
    const attempt = () => authFor({ reference: { registry }, secret: { ...bindingOf({ type }), values } });
    expect(attempt).toThrow(error);
    expect(attempt).toThrow(message);
  });

  test('a secret without its values does not turn into an anonymous request', () => {
    const secret = { ...bindingOf({ type: 'docker_hub' }), values: { REGISTRY_USERNAME: 'ines' } };
    expect(() => authFor({ reference: { registry: 'docker.io' }, secret })).toThrow('without its keys');
  });
});
