import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import { prisma, transaction } from '#lib/db/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import { mediaTypes } from '#lib/oci/media-types.ts';
import type { ImageManifest } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import { type CollectOptions, collectStore } from '#lib/store/collect-store.ts';
import { blobsOf } from '#lib/store/image-blobs.ts';
import { holdImage, recordImageUse } from '#lib/store/mutations.ts';
import { blobFile } from '#lib/store/paths.ts';
import type { CollectionTally, RecordedImage } from '#lib/store/types.ts';
import type { Scope } from '#lib/teams/scope.ts';

/** A small image as a registry has it: each layer is its name, as bytes. */
export interface TestImage {
  readonly manifest: ImageManifest;
  readonly contents: readonly Buffer[];
  readonly record: RecordedImage;
}

export function makeImage(layerNames: readonly string[]): TestImage {
  const layers = layerNames.map((name) => Buffer.from(name.padEnd(1000, '.')));
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', layers: layerNames }));
  const wireOf = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: wireOf(mediaTypes.ociConfig, config),
      layers: layers.map((layer) => wireOf('application/vnd.oci.image.layer.v1.tar+gzip', layer)),
    }),
  );
  const manifest = parseManifest({ bytes });
  if (manifest.kind !== 'image') throw new Error('It is an index');
  return {
    manifest,
    contents: [...layers, config, bytes],
    record: { digest: manifest.digest, blobs: blobsOf({ manifest }) },
  };
}

export async function openStorehouse(root: string): Promise<BlobStore> {
  return openBlobStore({ root, durability: 'fast' });
}

export async function bring(store: BlobStore, image: TestImage): Promise<void> {
  for (const bytes of image.contents) await store.write({ digest: digestOf(bytes), bytes });
}

/** A build that holds an image and runs. */
export async function beginBuild(
  scope: Scope,
  image: TestImage,
  reference = 'r.test/app:1',
): Promise<string> {
  const id = randomUUID();
  const { buildNumber: number } = await prisma().workspace.update({
    where: { id: scope.workspaceId },
    data: { buildNumber: { increment: 1 } },
    select: { buildNumber: true },
  });
  await prisma().build.create({
    data: {
      id,
      ...{ workspaceId: scope.workspaceId, number, state: 'running', reference, platform: 'linux/amd64' },
      ...{ requestedBy: '', requesterName: scope.userName, baseDigest: image.record.digest },
    },
  });
  await transaction((tx) => holdImage(tx, { buildId: id, image: image.record }));
  return id;
}

export async function endBuild(id: string, state: 'succeeded' | 'failed'): Promise<void> {
  await transaction(async (tx) => {
    await tx.build.update({ where: { id }, data: { state, endedAt: new Date() } });
    if (state === 'succeeded') await recordImageUse(tx, id);
  });
}

/** Pulls an image as a whole build does, and says how many days ago that was. */
export async function build(
  scope: Scope,
  options: {
    readonly store: BlobStore;
    readonly image: TestImage;
    readonly reference?: string;
    readonly daysAgo?: number;
  },
): Promise<void> {
  const { store, image, reference, daysAgo = 0 } = options;
  const id = await beginBuild(scope, image, reference);
  await bring(store, image);
  await endBuild(id, 'succeeded');
  const usedAt = new Date(Date.now() - daysAgo * 24 * 3_600_000);
  await prisma().storedImage.update({ where: { digest: image.record.digest }, data: { usedAt } });
}

const { signal } = new AbortController();

export async function collect(
  root: string,
  options: Partial<CollectOptions> = {},
): Promise<CollectionTally | null> {
  const limits = { bytesMax: null, daysMax: null };
  return collectStore({ root, limits, reason: 'command', graceMs: 0, signal, ...options });
}

export async function missingOf(root: string, image: TestImage): Promise<readonly Digest[]> {
  const missing: Digest[] = [];
  for (const { digest } of image.record.blobs) {
    await access(blobFile(root, digest)).catch(() => missing.push(digest));
  }
  return missing;
}
