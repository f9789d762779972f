import { randomBytes } from 'node:crypto';
import { readFile, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Descriptor } from '#lib/oci/types.ts';
import type { BlobStore } from './blob-store.ts';
import { replaceFile } from './commit.ts';
import { NotALayoutError, storeFault, systemCodeOf } from './errors.ts';
import { type Lease, LeaseWatch, readLease, takeLease } from './lease.ts';

/** An entry of index.json. Properties that other tools put there are kept. */
const entrySchema = z.looseObject({
  mediaType: z.string(),
  digest: z.string(),
  size: z.int(),
  annotations: z.record(z.string(), z.string()).optional(),
});
type Entry = z.infer<typeof entrySchema>;

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#indexjson-file */
const indexSchema = z.looseObject({ schemaVersion: z.literal(2), manifests: z.array(entrySchema) });
type Index = z.infer<typeof indexSchema>;

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys */
const nameAnnotation = 'org.opencontainers.image.ref.name';

/**
 * Names an image of the layout, as `oci:DIR:NAME` of other tools finds it. A name means one image: an older one that
 * had it loses it. Without a name the image is listed by its digest alone. Processes that do this at once wait for each other.
 */
export async function nameImage(options: {
  readonly store: BlobStore;
  readonly manifest: Descriptor;
  readonly name: string | undefined;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { store, manifest, name } = options;
  try {
    await withIndexLease(options, async (lease) => {
      const index = await readIndex(store.root);
      const manifests = [
        ...index.manifests.filter((entry) => !isReplaced(entry, options)),
        entryOf(manifest, name),
      ];
      // A process that slept through its lease must not bring back an old index.
      if (!(await lease.isHeld())) return 'lost';
      await replaceFile({
        to: indexFile(store.root),
        through: path.join(store.root, 'ingest', `write-${randomBytes(12).toString('hex')}`),
        bytes: `${JSON.stringify({ ...index, manifests }, null, 2)}\n`,
        durability: store.durability,
      });
      return 'done';
    });
  } catch (error) {
    throw storeFault({ error, folder: store.root });
  }
}

/** Takes the folder for partial blobs away when nothing is in it: a finished layout holds what the spec names. */
export async function tidyLayout(root: string): Promise<void> {
  await rmdir(path.join(root, 'ingest')).catch(() => undefined);
}

function isReplaced(
  entry: Entry,
  options: { readonly manifest: Descriptor; readonly name: string | undefined },
) {
  const entryName = entry.annotations?.[nameAnnotation];
  if (entryName !== undefined) return entryName === options.name;
  return entry.digest === options.manifest.digest;
}

function entryOf({ mediaType, digest, sizeBytes, platform }: Descriptor, name: string | undefined): Entry {
  return {
    mediaType,
    digest,
    size: sizeBytes,
    ...(platform === undefined ? {} : { platform }),
    ...(name === undefined ? {} : { annotations: { [nameAnnotation]: name } }),
  };
}

function indexFile(root: string): string {
  return path.join(root, 'index.json');
}

/**
 * What a layout's index.json says; an empty one when there is none.
 * @throws NotALayoutError when it is no image index
 */
export async function readIndex(root: string): Promise<Index> {
  let text: string;
  try {
    text = await readFile(indexFile(root), 'utf8');
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    return { schemaVersion: 2, mediaType, manifests: [] };
  }
  try {
    return indexSchema.parse(JSON.parse(text));
  } catch {
    throw new NotALayoutError({ folder: root, why: 'Its index.json is not an image index.' });
  }
}

async function withIndexLease(
  options: { readonly store: BlobStore; readonly signal: AbortSignal },
  change: (lease: Lease) => Promise<'done' | 'lost'>,
): Promise<void> {
  const { store, signal } = options;
  const folder = path.join(store.root, 'ingest', 'index');
  const watch = new LeaseWatch(store.leaseTiming);
  for (;;) {
    const record = await readLease(folder);
    if (watch.judge(record) === 'held') {
      // Held for milliseconds: no reason to wait for as long as for a download.
      await delay(Math.min(10, store.leaseTiming.pollMs), undefined, { signal });
      continue;
    }
    const lease = await takeLease({ folder, after: record, timing: store.leaseTiming });
    if (lease === undefined) continue;
    try {
      if ((await change(lease)) === 'done') return;
    } finally {
      await lease.remove();
    }
  }
}
