import { describe, expect, test } from 'vitest';
import { locationOfGoogleHost } from '#lib/registries/artifact-registry.ts';
import { isPublicEcrHost, parseEcrHost } from '#lib/registries/ecr.ts';
import { kindOfHost } from '#lib/registries/host-kind.ts';
import { readRegistryHost } from '#lib/registries/registry-host.ts';

test.each([
  ['docker.io', 'docker_hub'],
  ['index.docker.io', 'docker_hub'],
  ['registry-1.docker.io', 'docker_hub'],
  ['Docker.IO', 'docker_hub'],
  ['docker.io.evil.example', 'registry'],
  ['evil-docker.io', 'registry'],
  ['docker.io:5000', 'registry'],
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'aws'],
  ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'aws'],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'aws'],
  ['123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu', 'aws'],
  ['123456789012.dkr-ecr.eu-west-1.on.aws', 'aws'],
  ['123456789012.dkr-ecr-fips.us-east-1.on.aws', 'aws'],
  ['123456789012.dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu', 'aws'],
  ['12345678901.dkr.ecr.eu-west-1.amazonaws.com', 'registry'],
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example', 'registry'],
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com:443', 'registry'],
  ['123456789012.dkr.ecr.evil.example.amazonaws.com', 'registry'],
  ['x.123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'registry'],
  ['123456789012xdkr.ecr.eu-west-1.amazonaws.com', 'registry'],
  ['public.ecr.aws', 'registry'],
  ['europe-west1-docker.pkg.dev', 'gcp'],
  ['us-docker.pkg.dev', 'gcp'],
  ['northamerica-northeast2-docker.pkg.dev', 'gcp'],
  ['gcr.io', 'gcp'],
  ['eu.gcr.io', 'gcp'],
  ['evil.gcr.io', 'registry'],
  ['docker.pkg.dev', 'registry'],
  ['evil.example-docker.pkg.dev', 'registry'],
  ['us-docker.pkg.dev.evil.example', 'registry'],
  ['us-python.pkg.dev', 'registry'],
  ['ghcr.io', 'registry'],
  ['localhost:5000', 'registry'],
  ['', 'registry'],
])('%s is %s', (host, kind) => {
  expect(kindOfHost(host)).toBe(kind);
});

test('ECR hosts tell account and region', () => {
  expect(parseEcrHost('123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com')).toEqual({
    accountId: '123456789012',
    region: 'us-gov-west-1',
    isFips: true,
    isDualStack: false,
  });
  expect(parseEcrHost('210987654321.DKR-ECR.eu-west-1.on.aws')).toEqual({
    accountId: '210987654321',
    region: 'eu-west-1',
    isFips: false,
    isDualStack: true,
  });
});

test.each([
  ['public.ecr.aws', true],
  ['Public.ECR.aws', true],
  ['ecr-public.aws.com', true],
  ['public.ecr.aws.evil.example', false],
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', false],
])('%s is ECR Public: %s', (host, isPublic) => {
  expect(isPublicEcrHost(host)).toBe(isPublic);
});

test.each([
  ['europe-west1-docker.pkg.dev', 'europe-west1'],
  ['us-docker.pkg.dev', 'us'],
  ['eu.gcr.io', 'europe'],
  ['gcr.io', 'us'],
  ['ghcr.io', undefined],
])('%s serves location %s', (host, location) => {
  expect(locationOfGoogleHost(host)).toBe(location);
});

describe('a host as people type it', () => {
  test.each([
    ['ghcr.io', 'ghcr.io'],
    ['  GHCR.io ', 'ghcr.io'],
    ['https://quay.io', 'quay.io'],
    ['https://quay.io/', 'quay.io'],
    ['registry.example.com:5000', 'registry.example.com:5000'],
    ['localhost', 'localhost'],
    ['build:5000', 'build:5000'],
    ['10.0.0.7', '10.0.0.7'],
    ['[2001:DB8::1]:5000', '[2001:db8::1]:5000'],
  ])('%j is %s', (typed, host) => {
    expect(readRegistryHost(typed)).toEqual({ host, note: undefined });
  });

  test.each([
    ['ghcr.io/acme/app', 'ghcr.io', /every repository on ghcr\.io/],
    ['https://ghcr.io/v2/', 'ghcr.io', /every repository/],
    ['http://registry.local:5000', 'registry.local:5000', /plain http/],
  ])('%j is mended to %s, and says so', (typed, host, note) => {
    expect(readRegistryHost(typed)).toEqual({ host, note: expect.stringMatching(note) });
  });

  test.each([
    ['', /Enter the host/],
    ['docker.io', /type Docker Hub/],
    ['https://hub.docker.com/r/acme', /type Docker Hub/],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', /type AWS ECR/],
    ['https://europe-west1-docker.pkg.dev/p/r', /type Google Artifact Registry/],
    ['public.ecr.aws', /without a secret/],
    ['ines:hunter2@registry.example.com', /before the @/],
    ['ghcr', /whole host name/],
    ['ghcr.io:99999', /port from 1 to 65535/],
    ['ghcr.io:0', /port from 1 to 65535/],
    ['a b.example', /host alone/],
    ['-x.example', /host alone/],
    ['x..example', /host alone/],
    ['registry.exämple', /ASCII/],
    ['[::1', /host alone/],
    [`${'a'.repeat(63)}.${'b.'.repeat(200)}example`, /host alone/],
  ])('%j is answered with what to do', (typed, problem) => {
    expect(readRegistryHost(typed)).toEqual({ problem: expect.stringMatching(problem) });
  });
});
