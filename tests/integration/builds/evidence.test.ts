import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runBuild } from '#lib/builds/run-build.ts';
import type { BuildEvent, NumberedEvent } from '#lib/builds/schema.ts';
import type { BuildView } from '#lib/builds/types.ts';
import { emptyView, foldEvents } from '#lib/builds/view.ts';
import { createEgress, type Egress } from '#lib/egress/egress.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { createRegistryClient } from '#lib/oci/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { cloudsOf } from '#lib/registries/clouds.ts';
import type { OpenedSecret } from '#lib/secrets/types.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import { type AwsEndpoint, startAwsEndpoint } from '#tests/support/aws-endpoint.ts';
import { pullPolicy } from '#tests/support/aws-iam.ts';
import { pushImage } from '#tests/support/images.ts';
import { preflight } from '#tests/support/preflight.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { type RegistryProxy, startRegistryProxy } from '#tests/support/registry-proxy.ts';

const password = 'correct-horse-battery';
const open = { plainHttp: true, allowPrivate: true };

let registry: TestRegistry;
let proxy: RegistryProxy;
let aws: AwsEndpoint;
let folder: string;
let store: BlobStore;
let rules: Record<string, object>;
/** What each reference delivered so far. */
const known = new Map<string, ReadonlySet<Digest>>();

beforeAll(async () => {
  registry = await startRegistry({ auth: 'token', username: 'ines', password });
  proxy = await startRegistryProxy({ target: registry.url });
  aws = await startAwsEndpoint({ registry });
  aws.repositories.add('ml/app');
  rules = { [proxy.host]: open, ...aws.registries };
  await pushImage({ registry, repository: 'ml/app', tag: '1.4', layers: [20_000, 30_000] });
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-evidence-'));
  store = await openBlobStore({ root: path.join(folder, 'store'), durability: 'fast' });
});
afterEach(() => proxy.reset());
afterAll(async () => {
  await aws?.stop();
  await proxy?.stop();
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a build writes down what its registry proved', () => {
  test('by its own requests: the second one of an unchanged image makes as few as before', async () => {
    const reference = `${proxy.host}/ml/app:1.4`;
    const first = await build({ reference, secret: ours(password) });
    expect(first.lines).toEqual([
      `passed name: ${reference}`,
      'passed dns: The registry answered',
      'skipped tls: It answers over plain http, which registries.json allows',
      'passed sign_in: Signed in as ines',
      'passed permission: May read ml/app',
      expect.stringMatching(/^passed manifest: sha256:/),
      'passed platform: linux/amd64 only',
      expect.stringMatching(/^passed size: 2 layers, [0-9.]+ kB$/),
      `passed pulls_left: ${proxy.host} names no pull limit`,
    ]);
    proxy.reset();
    const second = await build({ reference, secret: ours(password) });
    expect(second.lines[7]).toMatch(/^passed size: 2 layers, [0-9.]+ kB, all in the store$/);
    expect(proxy.requests.map(({ method, path: asked }) => `${method} ${asked}`)).toEqual([
      'GET /v2/',
      'HEAD /v2/ml/app/manifests/1.4',
    ]);
  });

  test('as lines of the log, one a check', async () => {
    const { events } = await build({ reference: `${proxy.host}/ml/app:1.4`, secret: ours(password) });
    const log = events.flatMap((event) => (event.kind === 'log' ? [event.text] : [])).join('\n');
    for (const label of [
      'Name',
      'DNS',
      'TLS',
      'Sign-in',
      'Permission',
      'Manifest',
      'Platform',
      'Size',
      'Pulls left',
    ])
      expect(log).toContain(`check\u001b[39m ${label}: `);
  });
});

describe('a build that fails names the same as a preflight', () => {
  test.each<[string, () => { readonly reference: string; readonly secret: OpenedSecret | null }, string]>([
    [
      'a wrong password',
      () => ({ reference: `${proxy.host}/ml/app:1.4`, secret: ours('wrong-password') }),
      'sign_in',
    ],
    [
      'a tag that does not exist',
      () => ({ reference: `${proxy.host}/ml/app:1.5`, secret: ours(password) }),
      'manifest',
    ],
    [
      'a repository that does not exist',
      () => ({ reference: `${proxy.host}/ml/none:1`, secret: ours(password) }),
      'permission',
    ],
    ['a blocked host', () => ({ reference: '127.0.0.2/ml/app:1', secret: null }), 'dns'],
    [
      'a key without a right',
      () => ({ reference: `${aws.host}/ml/app:1.4`, secret: keyWithout('ecr:BatchGetImage') }),
      'permission',
    ],
    [
      'a key that gets no layer',
      () => ({ reference: `${aws.host}/ml/app:1.4`, secret: keyWithout('ecr:GetDownloadUrlForLayer') }),
      'permission',
    ],
    [
      'a key that gets no token',
      () => ({ reference: `${aws.host}/ml/app:1.4`, secret: keyWithout('ecr:GetAuthorizationToken') }),
      'sign_in',
    ],
  ])('at %s', async (_, asked, at) => {
    const { reference, secret } = asked();
    const { view, lines } = await build({ reference, secret });
    const ran = await preflight({ reference, secret, rules, awsEndpoint: aws.api.url });
    const failed = view.preflight.find(({ state }) => state === 'failed');
    expect({ at: failed?.name, lines }).toMatchObject({ at });
    const { problem } = ran.check(at as never);
    expect(failed?.problem).toEqual(problem);
    expect(view.preflight.map(({ state }) => state).every((state) => state !== 'waiting')).toBe(true);
  });
});

function ours(secret: string): OpenedSecret {
  return {
    type: 'registry',
    host: proxy.host,
    values: { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: secret },
  };
}

function keyWithout(action: string): OpenedSecret {
  const policy = pullPolicy([aws.arnOf('*')]).map((statement) => ({
    ...statement,
    Action: statement.Action.filter((one) => one !== action),
  }));
  return { type: 'aws', host: '*.dkr.ecr.*.amazonaws.com', values: aws.valuesOf(aws.addUser({ policy })) };
}

async function build(options: { readonly reference: string; readonly secret: OpenedSecret | null }) {
  const { reference, secret } = options;
  const registries = { registries: rules, tokenUris: [] };
  const egress: Egress = createEgress({ registries });
  const events: BuildEvent[] = [];
  const address = new URL(aws.api.url);
  try {
    const blobs = await runBuild({
      reference,
      platform: 'linux/amd64',
      secret: secret === null ? null : { ...secret, name: 'ours', version: 1 },
      secretWhy: null,
      connect: ({ registry: host, ...rest }) =>
        createRegistryClient({ registry: host, ...egress.forRegistry(host), ...rest }),
      keeper: { hold: async () => undefined, makeRoom: async () => undefined },
      contents: { known: async () => null, keep: async () => undefined },
      clouds: cloudsOf({ egress, registries, awsEndpoints: { ecr: address, sts: address } }),
      onMinted: () => undefined,
      clean: createRedactor([]),
      store,
      provenance: {
        known: async (digests) => new Set(digests.filter((digest) => known.get(reference)?.has(digest))),
      },
      lastProven: async () => null,
      steps: null,
      emit: (event) => void events.push(event),
      signal: new AbortController().signal,
    });
    known.set(reference, new Set(blobs.map(({ digest }) => digest)));
  } catch {
    // What it failed with is what is looked at.
  } finally {
    await egress.close();
  }
  const view: BuildView = foldEvents(
    emptyView,
    events.map((event, index): NumberedEvent => ({ number: index + 1, at: '2026-11-26T00:00:00Z', event })),
  );
  return {
    events,
    view,
    lines: view.preflight.map(({ name, state, detail }) => `${state} ${name}: ${detail}`),
  };
}
