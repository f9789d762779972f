import { expect, test } from 'vitest';
import type { Builder } from '#lib/engines/buildkit/builder.ts';
import { builderFacts } from '#lib/engines/buildkit/builder-facts.ts';

const own = 'org.mobyproject.buildkit.worker';

function factsOf(options: {
  readonly driver: Builder['driver'];
  readonly network?: string;
  readonly mode?: string;
  readonly nodeNetwork?: string;
}) {
  const { driver, network, mode, nodeNetwork } = options;
  const nodes = [{ Name: 'a0', DriverOpts: nodeNetwork === undefined ? null : { network: nodeNetwork } }];
  const instance = { name: 'a', text: JSON.stringify({ Name: 'a', Driver: driver, Nodes: nodes }) };
  const labels = new Map([
    ...(network === undefined ? [] : [[`${own}.network`, network] as const]),
    ...(mode === undefined ? [] : [[`${own}.oci.process-mode`, mode] as const]),
  ]);
  const { networks, isIsolated, isolation } = builderFacts({
    builder: {
      client: 'buildx',
      program: '/bin/docker-buildx',
      driver,
      host: null,
      instance: driver === 'docker' ? null : instance,
      certificates: null,
      kubeConfig: null,
      isTrusted: false,
    },
    worker: { version: undefined, labels },
    version: '0.13.1',
  });
  return `${networks.includes('private') ? 'private' : 'no private'}, ${isIsolated ? 'isolated' : 'not known'}: ${isolation}`;
}

test.each([
  // Docker's builder says “host” of a network that its steps do not have.
  [{ driver: 'docker', network: 'host' }, 'private, isolated: containers of the Docker engine'],
  [{ driver: 'remote', network: 'cni' }, 'private, isolated: containers of a remote builder'],
  [
    { driver: 'remote', network: 'bridge', mode: 'sandbox' },
    'private, isolated: containers of a remote builder',
  ],
  [{ driver: 'remote', network: 'host' }, 'no private, not known: containers of a remote builder'],
  [{ driver: 'remote' }, 'no private, not known: containers of a remote builder'],
  [
    { driver: 'remote', network: 'cni', mode: 'no-sandbox' },
    'private, not known: containers of a remote builder, processes shared',
  ],
  [{ driver: 'kubernetes', network: 'host' }, 'private, isolated: containers in the builder’s pod'],
  [
    { driver: 'docker-container', network: 'host' },
    'private, isolated: containers in the builder’s container',
  ],
  [
    { driver: 'docker-container', network: 'host', nodeNetwork: 'host' },
    'no private, not known: containers in the builder’s container',
  ],
  [
    { driver: 'docker-container', network: 'bridge', nodeNetwork: 'host' },
    'private, isolated: containers in the builder’s container',
  ],
] as const)('%j: %s', (options, facts) => {
  expect(factsOf(options)).toBe(facts);
});

test('the builder’s own version counts, and the client’s where it has none', () => {
  const builder = {
    client: 'buildx',
    program: '',
    driver: 'docker',
    host: null,
    instance: null,
    certificates: null,
    kubeConfig: null,
    isTrusted: false,
  } as const;
  const versionOf = (version: string | undefined, client = '0.13.1') =>
    builderFacts({ builder, worker: { version, labels: new Map() }, version: client }).version;
  expect(versionOf('0.26.2')).toBe('0.26.2');
  expect(versionOf(undefined)).toBe('0.13.1');
  expect(versionOf(undefined, '0.0.0')).toBe('without a version');
});
