import { access } from 'node:fs/promises';
import { splitDigest } from '#lib/oci/digest.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import { formatReference, parseReference } from '#lib/oci/reference.ts';
import type { Descriptor, ImageManifest } from '#lib/oci/types.ts';
import { ociForm } from '#lib/pull/oci-form.ts';
import { type ArchiveEntry, type BlobArchive, planBlobArchive } from '#lib/store/blob-archive.ts';
import { BlobDamagedError, StoreUnseenError } from '#lib/store/errors.ts';
import { layoutMarker } from '#lib/store/layout-marker.ts';
import { isBlobWhole, readVerified } from '#lib/store/verified-blob.ts';
import type { OpenedResult, ResultTag } from './open-result.ts';
import { ResultGoneError } from './result-errors.ts';

/**
 * `oci`: an image layout in a tar. `docker`: the same with what Docker reads beside it, as `docker save` writes it since version 25;
 * whatever takes an OCI archive takes this one too.
 */
export const archiveFormats = ['docker', 'oci'] as const;
export type ArchiveFormat = (typeof archiveFormats)[number];

/** A result as one file. Layers go as they are, compressed: every reader takes that, and they keep their digests. */
export interface ResultArchive extends BlobArchive {
  /** Of these very bytes, for ETag: letters, digits and hyphens. */
  readonly tag: string;
}

/**
 * Looks at every blob of the result, and says what its archive will be to the byte. Nothing is copied.
 * @throws ResultGoneError when the store has lost a part of it, StoreUnseenError when there is no store here, BlobDamagedError
 */
export async function planResultArchive(options: {
  readonly root: string;
  readonly result: OpenedResult;
  /** The tag that it was asked for by; a build of its own has none. */
  readonly tag: ResultTag | null;
  readonly format: ArchiveFormat;
}): Promise<ResultArchive> {
  const { root, result, tag, format } = options;
  const manifest = await readManifest(root, result);
  const blobs = [manifest.config, ...manifest.layers];
  for (const descriptor of blobs) {
    if (!(await isBlobWhole({ root, descriptor }))) throw new ResultGoneError(result.number);
  }
  const oci = ociForm(manifest);
  const name = nameOf(result, tag);
  const entries = [
    { name: 'oci-layout', content: Buffer.from(layoutMarker(root).bytes) },
    { name: 'index.json', content: json(indexOf(oci.descriptor, name)) },
    ...(format === 'docker' ? dockerEntries(manifest, name) : []),
    ...foldersOf([oci.descriptor, ...blobs]),
    { name: pathOf(oci.descriptor), content: oci.bytes },
    ...blobs.map((blob) => ({ name: pathOf(blob), content: blob })),
  ];
  const { hex } = splitDigest(result.digest);
  return { ...planBlobArchive(eachOnce(entries)), tag: `${hex}-${format}-${archiveVersion}` };
}

/** Raised when the same image becomes other bytes: a download that was begun before must not go on with those. */
const archiveVersion = 1;

async function readManifest(root: string, { manifest, number }: OpenedResult): Promise<ImageManifest> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of readVerified({ root, descriptor: manifest })) chunks.push(chunk);
  } catch (error) {
    if (!(error instanceof BlobDamagedError)) throw error;
    const marker = layoutMarker(root).to;
    if (!(await isThere(marker))) throw new StoreUnseenError(root);
    if (await isBlobWhole({ root, descriptor: manifest })) throw error;
    throw new ResultGoneError(number);
  }
  const { mediaType, digest } = manifest;
  const parsed = parseManifest({ bytes: Buffer.concat(chunks), mediaType, digest });
  if (parsed.kind !== 'image') throw new ResultGoneError(number);
  return parsed;
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** What the image is called where it is loaded. */
interface ArchiveName {
  /** As people write it: trainer, ghcr.io/acme/app. */
  readonly repository: string;
  readonly tag: string;
  /** The whole normalised reference. */
  readonly whole: string;
}

/** An image goes by its own name, a base by the one that it was pulled by; one that has neither is Slipway's. */
function nameOf(
  { image, hasSteps, reference, number }: OpenedResult,
  tag: ResultTag | null,
): ArchiveName | null {
  const { name } = image ?? {};
  if (name !== undefined) return namedLike(`${name}:${formatResultTag(tag ?? { kind: 'build', number })}`);
  if (hasSteps) return namedLike(`slipway:b${number}`);
  return namedLike(reference);
}

function namedLike(text: string): ArchiveName | null {
  const reference = parseReference(text);
  const { registry, repository, tag } = reference;
  // By a digest alone: loading it would give it no name either.
  if (tag === undefined || reference.digest !== undefined) return null;
  const whole = formatReference(reference);
  const familiar = repository.replace(/^library\//, '');
  return { repository: registry === 'docker.io' ? familiar : `${registry}/${repository}`, tag, whole };
}

/** As in addresses: latest, r3, b17. */
function formatResultTag(tag: ResultTag): string {
  if (tag.kind === 'latest') return 'latest';
  return `${tag.kind === 'revision' ? 'r' : 'b'}${tag.number}`;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#indexjson-file */
function indexOf({ mediaType, digest, sizeBytes }: Descriptor, name: ArchiveName | null): object {
  const annotations = name && {
    'org.opencontainers.image.ref.name': name.tag,
    // containerd, and Docker on it, name the image by this.
    'io.containerd.image.name': name.whole,
  };
  const entry = { mediaType, digest, size: sizeBytes, ...(annotations === null ? {} : { annotations }) };
  return { schemaVersion: 2, manifests: [entry] };
}

/** https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md#combined-image-json--filesystem-changeset-format */
function dockerEntries({ config, layers }: ImageManifest, name: ArchiveName | null): readonly ArchiveEntry[] {
  const tags = name === null ? null : [`${name.repository}:${name.tag}`];
  const image = { Config: pathOf(config), RepoTags: tags, Layers: layers.map(pathOf) };
  const top = layers.at(-1);
  const repositories =
    name === null || top === undefined
      ? []
      : [
          {
            name: 'repositories',
            content: json({ [name.repository]: { [name.tag]: splitDigest(top.digest).hex } }),
          },
        ];
  return [{ name: 'manifest.json', content: json([image]) }, ...repositories];
}

function foldersOf(blobs: readonly Descriptor[]): readonly ArchiveEntry[] {
  const algorithms = [...new Set(blobs.map(({ digest }) => splitDigest(digest).algorithm))];
  const names = ['blobs/', ...algorithms.map((algorithm) => `blobs/${algorithm}/`)];
  return names.map((name) => ({ name, content: new Uint8Array() }));
}

/** An image may have one layer several times. */
function eachOnce(entries: readonly ArchiveEntry[]): readonly ArchiveEntry[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}

function pathOf({ digest }: Pick<Descriptor, 'digest'>): string {
  const { algorithm, hex } = splitDigest(digest);
  return `blobs/${algorithm}/${hex}`;
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
