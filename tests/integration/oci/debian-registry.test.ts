import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEgress, type Egress } from '#lib/egress/egress.ts';
import { createRegistryClient, type RegistryClient } from '#lib/oci/client.ts';
import { choosePlatform, parsePlatform } from '#lib/oci/platform.ts';
import type { Credentials } from '#lib/oci/types.ts';
import { type PushedImage, type PushedManifest, pushImage, pushIndex } from '#tests/support/images.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';

const signal = new AbortController().signal;
const repository = 'acme/app';

describe.each(['none', 'htpasswd', 'token'] as const)('Debian’s docker-registry with auth %s', (auth) => {
  let registry: TestRegistry;
  let egress: Egress;
  let image: PushedImage;
  let other: PushedImage;
  let index: PushedManifest;

  beforeAll(async () => {
    registry = await startRegistry({ auth });
    const rule = { plainHttp: true, allowPrivate: true };
    egress = createEgress({ registries: { registries: { [registry.host]: rule }, tokenUris: [] } });
    image = await pushImage({ registry, repository, tag: 'amd64', layers: [2_000_000, 10] });
    const platform = { os: 'linux', architecture: 'arm', variant: 'v6' };
    other = await pushImage({ registry, repository, layers: [10], platform, format: 'docker' });
    index = await pushIndex({ registry, repository, tag: 'latest', images: [image, other] });
  });

  afterAll(async () => {
    await egress.close();
    await registry.stop();
  });

  it('is read from tag to layer', async () => {
    const client = makeClient();
    await client.authenticate({ repository, signal });
    const head = await client.headManifest({ repository, target: 'latest', signal });
    expect(head).toEqual({ digest: index.digest, mediaType: index.mediaType, sizeBytes: index.bytes.length });

    const found = await client.getManifest({ repository, target: 'latest', signal });
    if (found.kind !== 'index') throw new Error('no index');
    expect(found.digest).toBe(index.digest);
    const chosen = choosePlatform({ index: found, platform: parsePlatform('linux/arm/v7') });
    expect(chosen.digest).toBe(other.digest);

    const manifest = await client.getManifest({ repository, target: image.digest, signal });
    if (manifest.kind !== 'image') throw new Error('no image');
    const config = await client.readBlob({ repository, descriptor: manifest.config, signal });
    expect(JSON.parse(new TextDecoder().decode(config))).toMatchObject({ architecture: 'amd64' });
    for (const descriptor of manifest.layers) {
      expect(await hashOf(client.streamBlob({ repository, descriptor, offset: 0, signal }))).toBe(
        descriptor.digest,
      );
      expect(await client.hasBlob({ repository, digest: descriptor.digest, signal })).toBe(true);
    }
  });

  it('serves spans of a layer that make up the whole', async () => {
    const client = makeClient();
    const manifest = await client.getManifest({ repository, target: image.digest, signal });
    const descriptor = manifest.kind === 'image' ? manifest.layers[0] : undefined;
    if (descriptor === undefined) throw new Error('no layer');
    const middle = Math.floor(descriptor.sizeBytes / 2);
    const spans = [
      client.streamBlob({ repository, descriptor, offset: 0, endBytes: middle, signal }),
      client.streamBlob({ repository, descriptor, offset: middle, signal }),
    ];
    expect(await hashOf(joined(spans))).toBe(descriptor.digest);
  });

  it('has no other tag, repository or blob', async () => {
    const client = makeClient();
    expect(await client.headManifest({ repository, target: 'none', signal })).toBeNull();
    await expect(client.getManifest({ repository, target: 'none', signal })).rejects.toMatchObject({
      name: 'ManifestUnknownError',
    });
    const digest = `sha256:${'0'.repeat(64)}` as typeof image.digest;
    expect(await client.hasBlob({ repository, digest, signal })).toBe(false);
  });

  if (auth !== 'none') {
    it('refuses a wrong password and nobody, before anything else', async () => {
      const wrong = { username: registry.username, password: 'not-the-password' };
      await expect(makeClient(wrong).authenticate({ repository, signal })).rejects.toMatchObject({
        name: 'SignInRefusedError',
      });
      const nobody = makeClient(null);
      await expect(nobody.getManifest({ repository, target: 'latest', signal })).rejects.toMatchObject({
        kind: 'denied',
      });
    });
  }

  if (auth === 'token') {
    it('is asked for one token, however many requests follow', async () => {
      const before = registry.tokenServer?.requests.length ?? 0;
      const client = makeClient();
      await client.authenticate({ repository, signal });
      await Promise.all(
        [image.digest, other.digest, index.digest].map((target) =>
          client.getManifest({ repository, target, signal }),
        ),
      );
      expect(registry.tokenServer?.requests.slice(before)).toEqual([
        { username: registry.username, scopes: [`repository:${repository}:pull`], status: 200 },
      ]);
      expect(client.mintedTokens).toEqual(registry.tokenServer?.issued.slice(-1));
    });
  }

  function makeClient(credentials: Credentials | null = own()): RegistryClient {
    return createRegistryClient({
      registry: registry.host,
      ...egress.forRegistry(registry.host),
      ...(credentials === null ? {} : { credentials }),
    });
  }

  function own(): Credentials | null {
    return auth === 'none' ? null : { username: registry.username, password: registry.password };
  }
});

async function* joined(parts: readonly AsyncIterable<Uint8Array>[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield* part;
}

async function hashOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
