import { readFile } from 'node:fs/promises';
import type { Digest } from '#lib/oci/digest.ts';
import type { Platform } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { makeLayer, type TestLayer } from './layers.ts';
import type { TestRegistry } from './registry.ts';

export type ImageFormat = 'oci' | 'docker';

interface WireDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
}

export interface PushedManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Buffer;
  /** `host/repository:tag`. */
  readonly reference: string;
}

export interface PushedImage extends PushedManifest {
  readonly config: WireDescriptor;
  readonly layers: readonly WireDescriptor[];
  readonly platform: Platform;
}

export interface ImageOptions {
  readonly registry: TestRegistry;
  readonly repository: string;
  /** Pushed by digest alone when absent. */
  readonly tag?: string;
  /** Layers, or how many bytes the file in each should have; those come from the repository's name and their place. */
  readonly layers: readonly (TestLayer | number)[];
  readonly format?: ImageFormat;
  readonly platform?: Platform;
  /** How it is run, as its config says: `Env`, `Labels`. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Makes an image and pushes it, config and layers included. */
export async function pushImage(options: ImageOptions): Promise<PushedImage> {
  const { registry, repository, format = 'oci', platform = { os: 'linux', architecture: 'amd64' } } = options;
  const types = mediaTypes[format];
  const layers = options.layers.map((layer, index) =>
    typeof layer === 'number'
      ? makeLayer({ seed: `${repository}-${index}`.replaceAll('/', '-'), fileBytes: layer })
      : layer,
  );
  for (const { digest, content } of layers) {
    const bytes = Buffer.isBuffer(content) ? content : await readFile(content.file);
    await pushBlob({ registry, repository, digest, bytes });
  }
  const config = configOf({ layers, platform, run: options.config });
  await pushBlob({ registry, repository, digest: digestOf(config), bytes: config });

  const configDescriptor = { mediaType: types.config, digest: digestOf(config), size: config.length };
  const layerDescriptors = layers.map(({ digest, sizeBytes }) => ({
    mediaType: types.layer,
    digest,
    size: sizeBytes,
  }));
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: configDescriptor,
    layers: layerDescriptors,
  };
  const pushed = await pushManifest({ ...options, mediaType: types.manifest, manifest });
  return { ...pushed, config: configDescriptor, layers: layerDescriptors, platform };
}

/** Pushes an image index, or a Docker manifest list, of images that are in the same repository. */
export async function pushIndex(options: {
  readonly registry: TestRegistry;
  readonly repository: string;
  readonly tag?: string;
  readonly images: readonly PushedImage[];
  readonly format?: ImageFormat;
}): Promise<PushedManifest> {
  const mediaType = mediaTypes[options.format ?? 'oci'].index;
  const manifests = options.images.map(({ mediaType, digest, bytes, platform }) => ({
    mediaType,
    digest,
    size: bytes.length,
    platform,
  }));
  return pushManifest({ ...options, mediaType, manifest: { schemaVersion: 2, mediaType, manifests } });
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put */
async function pushBlob(options: {
  readonly registry: TestRegistry;
  readonly repository: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}): Promise<void> {
  const { registry, repository, digest, bytes } = options;
  const base = `${registry.url}/v2/${repository}/blobs`;
  const headers = headersFor(registry, repository);
  const known = await fetch(`${base}/${digest}`, { method: 'HEAD', headers });
  if (known.ok) return;
  const begun = await fetch(`${base}/uploads/`, { method: 'POST', headers });
  await expectStatus(begun, 202);
  const location = new URL(begun.headers.get('location') ?? '', registry.url);
  location.searchParams.set('digest', digest);
  const ended = await fetch(location, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: bytes as Uint8Array<ArrayBuffer>,
  });
  await expectStatus(ended, 201);
}

async function pushManifest(options: {
  readonly registry: TestRegistry;
  readonly repository: string;
  readonly tag?: string;
  readonly mediaType: string;
  readonly manifest: object;
}): Promise<PushedManifest> {
  const { registry, repository, mediaType } = options;
  const bytes = Buffer.from(JSON.stringify(options.manifest));
  const digest = digestOf(bytes);
  const target = options.tag ?? digest;
  const response = await fetch(`${registry.url}/v2/${repository}/manifests/${target}`, {
    method: 'PUT',
    headers: { ...headersFor(registry, repository), 'content-type': mediaType },
    body: bytes,
  });
  await expectStatus(response, 201);
  const suffix = options.tag === undefined ? `@${digest}` : `:${options.tag}`;
  return { mediaType, digest, bytes, reference: `${registry.host}/${repository}${suffix}` };
}

const mediaTypes = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const;

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md */
function configOf(options: {
  readonly layers: readonly TestLayer[];
  readonly platform: Platform;
  readonly run: ImageOptions['config'];
}): Buffer {
  const created = '2026-11-23T00:00:00Z';
  return Buffer.from(
    JSON.stringify({
      created,
      ...options.platform,
      config: {
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
        Cmd: ['python'],
        ...options.run,
      },
      rootfs: { type: 'layers', diff_ids: options.layers.map(({ diffId }) => diffId) },
      history: options.layers.map((_, index) => ({ created, created_by: `ADD layer ${index + 1}` })),
    }),
  );
}

function headersFor(registry: TestRegistry, repository: string): Record<string, string> {
  const authorization = registry.authorize(repository);
  return authorization === undefined ? {} : { authorization };
}

async function expectStatus(response: Response, status: number): Promise<void> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.url} answered ${response.status}: ${text}`);
}
