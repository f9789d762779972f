import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistryClient, type RegistryClient } from '#lib/oci/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { parseReference } from '#lib/oci/reference.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { fetchPlan } from '#lib/pull/fetch-plan.ts';
import { planPull } from '#lib/pull/plan.ts';
import type { Provenance } from '#lib/pull/provenance.ts';
import { resolveImage } from '#lib/pull/resolve.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import { testFolder } from '#tests/support/folder.ts';
import { type PushedImage, pushImage } from '#tests/support/images.ts';
import { makeLayer } from '#tests/support/layers.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { type RegistryProxy, startRegistryProxy } from '#tests/support/registry-proxy.ts';

const nothingKnown: Provenance = { known: async () => new Set() };
const known = (digests: readonly Digest[]): Provenance => ({
  known: async (asked) => new Set(asked.filter((digest) => digests.includes(digest))),
});

/** Workspaces share one store and must not see each other's layers through it. */
describe('a store that several workspaces share', () => {
  let registry: TestRegistry;
  let proxy: RegistryProxy;
  let image: PushedImage;
  const secretLayer = makeLayer({ seed: 'secret', fileBytes: 300_000 });

  beforeAll(async () => {
    registry = await startRegistry({ auth: 'token' });
    proxy = await startRegistryProxy({ target: registry.url });
    image = await pushImage({ registry, repository: 'ours/app', tag: '1', layers: [secretLayer, 1000] });
  });
  afterAll(async () => {
    await proxy.stop();
    await registry.stop();
  });

  const openStore = async () =>
    openBlobStore({ root: path.join(await testFolder(), 'store'), durability: 'durable' });

  async function pull(options: {
    readonly store: BlobStore;
    readonly repository: string;
    readonly provenance?: Provenance;
    readonly through?: RegistryProxy;
    readonly credentials?: { readonly username: string; readonly password: string };
  }) {
    const { store, repository, provenance = nothingKnown, through = proxy } = options;
    const { signal } = new AbortController();
    const client: RegistryClient = createRegistryClient({
      registry: through.host,
      endpoint: new URL(through.url),
      fetch: (url, init) => fetch(url, init as RequestInit),
      credentials: options.credentials ?? registry,
    });
    proxy.reset();
    const reference = parseReference(`${through.host}/${repository}:1`);
    const platform = { os: 'linux', architecture: 'amd64' };
    const cache = { store, provenance };
    const resolved = await resolveImage({ client, reference, platform, cache, signal });
    const plan = await planPull({ image: resolved, store, client, repository, provenance, signal });
    const result = await fetchPlan({ plan, client, repository, store, signal, onEvent: () => undefined });
    return { ...result, plan };
  }

  const layerBytes = () => image.layers.reduce((sum, { size }) => sum + size, 0);
  const layerBodies = () =>
    proxy.blobRequests().filter(({ path }) => image.layers.some(({ digest }) => path.endsWith(digest)));

  it('asks nothing but the manifest when the repository gave everything before', async () => {
    const store = await openStore();
    await pull({ store, repository: 'ours/app' });
    const all = [image.digest, image.config.digest, ...image.layers.map(({ digest }) => digest)];
    const { fetchedBytes, reusedBytes } = await pull({
      store,
      repository: 'ours/app',
      provenance: known(all),
    });
    expect({ fetchedBytes, reusedBytes }).toEqual({ fetchedBytes: 0, reusedBytes: layerBytes() });
    expect(proxy.requests.filter(({ status }) => status !== 401).map(({ method }) => method)).toEqual([
      'HEAD',
    ]);
  });

  it('lets another workspace use layers once the same host confirms them to it', async () => {
    const store = await openStore();
    await pull({ store, repository: 'ours/app' });
    const { fetchedBytes, plan } = await pull({ store, repository: 'ours/app' });
    expect(fetchedBytes).toBe(0);
    expect(plan.blobs.map(({ state }) => state)).toEqual(['present', 'present']);
    expect(layerBodies()).toEqual([]);
    const asked = proxy.requests.filter(({ method, path }) => method === 'HEAD' && path.includes('/blobs/'));
    expect(asked.filter(({ status }) => status === 200)).toHaveLength(image.layers.length);
  });

  it('gives no layer to whoever names its digest in a repository that does not have it', async () => {
    const store = await openStore();
    await pull({ store, repository: 'ours/app' });
    // A registry of the thief's own: its manifest names our layers, and it says yes to every question about them.
    const config = Buffer.from('{"os":"linux","architecture":"amd64"}');
    const { mediaType } = image;
    const manifest = Buffer.from(
      JSON.stringify({
        ...JSON.parse(image.bytes.toString()),
        config: { ...image.config, digest: digestOf(config), size: config.length },
      }),
    );
    const asked: string[] = [];
    await using liar = await startRegistryProxy({
      target: registry.url,
      intercept({ method, url = '' }, response) {
        const body = url.includes('/manifests/')
          ? manifest
          : url.endsWith(digestOf(config))
            ? config
            : undefined;
        if (body === undefined) asked.push(method ?? '');
        const digest = digestOf(manifest);
        const length = body?.length ?? secretLayer.sizeBytes;
        const headers = {
          'content-type': mediaType,
          'docker-content-digest': digest,
          'content-length': length,
        };
        if (method === 'HEAD') response.writeHead(200, headers).end();
        else if (body !== undefined) response.writeHead(200, headers).end(body);
        else response.writeHead(404).end();
        return true;
      },
    });
    const attempt = pull({ store, repository: 'theirs/app', through: liar });
    await expect(attempt).rejects.toMatchObject({ code: 'blob_unknown' });
    // It was made to deliver, and its word was not even asked for.
    expect(new Set(asked)).toEqual(new Set(['GET']));
    expect(await store.has({ mediaType, digest: digestOf(manifest), sizeBytes: manifest.length })).toBe(
      false,
    );
  });

  it('fetches a layer again from another host, which proves that it has it, and keeps one copy', async () => {
    const store = await openStore();
    await pull({ store, repository: 'ours/app' });
    await using other = await startRegistry({ auth: 'none' });
    await using otherProxy = await startRegistryProxy({ target: other.url });
    await pushImage({ registry: other, repository: 'copy/app', tag: '1', layers: [secretLayer, 1000] });
    const { fetchedBytes } = await pull({ store, repository: 'copy/app', through: otherProxy });
    expect(fetchedBytes).toBeGreaterThanOrEqual(secretLayer.sizeBytes);
  });

  it('gives nothing to wrong credentials, whatever is here', async () => {
    const store = await openStore();
    await pull({ store, repository: 'ours/app' });
    const all = [image.digest, image.config.digest, ...image.layers.map(({ digest }) => digest)];
    const attempt = pull({
      ...{ store, repository: 'ours/app', provenance: known(all) },
      credentials: { username: registry.username, password: 'wrong' },
    });
    await expect(attempt).rejects.toMatchObject({ kind: 'denied' });
  });
});
