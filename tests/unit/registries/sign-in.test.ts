import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Binding, bindingOf, isBoundTo, type RegistrySecret } from '#lib/registries/binding.ts';
import type { Clouds } from '#lib/registries/clouds.ts';
import { CustomSecretError, SecretHostMismatchError } from '#lib/registries/errors.ts';
import { signInFor } from '#lib/registries/sign-in.ts';

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

describe('signInFor', () => {
  const values = { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: 'hunter2hunter2' };
  const clouds: Clouds = {
    fetchFor: (service) => () => Promise.reject(new Error(`${service} was called`)),
    awsEndpoints: {},
    tokenUris: [],
  };
  const signIn = (registry: string, secret: RegistrySecret | null) =>
    signInFor({ reference: { registry }, secret, clouds });

  test('offers nothing without a secret', () => {
    expect(signIn('ghcr.io', null)).toEqual({ explain: 'Asking ghcr.io without a secret' });
  });

  test.each([
    ['docker.io', { ...bindingOf({ type: 'docker_hub' }), values }],
    ['ghcr.io', { ...bindingOf({ type: 'registry', host: 'ghcr.io' }), values }],
  ])('offers %s the username and password of its secret, and names no password', (registry, secret) => {
    const { credentials, explain } = signIn(registry, secret);
    expect(credentials).toEqual({ username: 'ines', password: 'hunter2hunter2' });
    expect(explain).toBe(`Signing in to ${registry} as ines`);
  });

  test('sends nothing to any host but the bound one', () => {
    const secret = { ...bindingOf({ type: 'registry', host: 'ghcr.io' }), values };
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string()), (registry) => {
        fc.pre(registry.toLowerCase() !== 'ghcr.io');
        expect(() => signIn(registry, secret)).toThrow(SecretHostMismatchError);
      }),
    );
  });

  test.each([
    ['aws', 'docker.io', SecretHostMismatchError, /not for docker\.io/],
    ['gcp', ecr, SecretHostMismatchError, /not for 123456789012/],
    ['custom', 'docker.io', CustomSecretError, /custom secret/],
  ] as const)('%s for %s is refused', (type, registry, error, message) => {
    const attempt = () => signIn(registry, { ...bindingOf({ type }), values });
    expect(attempt).toThrow(error);
    expect(attempt).toThrow(message);
  });

  test.each([
    ['docker_hub', 'docker.io', { REGISTRY_USERNAME: 'ines' }],
    ['aws', ecr, { AWS_ACCESS_KEY_ID: 'AKIA1234567890ABCDEF', AWS_REGION: 'eu-west-1' }],
    ['aws', ecr, { AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/pull' }],
    ['aws', ecr, { AWS_ACCESS_KEY_ID: 'AKIA1234567890ABCDEF', AWS_SECRET_ACCESS_KEY: '' }],
    ['gcp', 'gcr.io', {}],
  ] as const)('%s for %s without its values becomes no anonymous request (%#)', (type, registry, given) => {
    expect(() => signIn(registry, { ...bindingOf({ type }), values: given })).toThrow('without its keys');
  });

  const aws = {
    AWS_ACCESS_KEY_ID: 'AKIA1234567890ABCDEF',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    AWS_REGION: 'eu-west-1',
  };

  test.each([
    [aws, 'Signing in to ECR in eu-west-1 with the key AKIA1234567890ABCDEF', undefined],
    [
      { ...aws, AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/team/pull', AWS_EXTERNAL_ID: 'external-id-1' },
      'Signing in to ECR in eu-west-1 with the key AKIA1234567890ABCDEF through the role pull',
      undefined,
    ],
    [
      { ...aws, AWS_REGION: 'us-east-1' },
      'Signing in to ECR in eu-west-1 with the key AKIA1234567890ABCDEF',
      'AWS_REGION of the secret is us-east-1; the image’s host says eu-west-1, and that counts.',
    ],
  ])('says how it signs in to ECR, and nothing sensitive (%#)', (given, explain, warning) => {
    const found = signIn(ecr, { ...bindingOf({ type: 'aws' }), values: given });
    expect(found.credentials).toBeTypeOf('function');
    expect(found).toMatchObject({ explain, ...(warning && { warning }) });
    expect(found.warning).toBe(warning);
    expect(JSON.stringify(found)).not.toMatch(/wJalr|external-id/);
  });
});
