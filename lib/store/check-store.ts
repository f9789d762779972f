import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Digest } from '#lib/oci/digest.ts';
import { splitDigest } from '#lib/oci/digest.ts';
import { manifestBytesMax } from '#lib/oci/manifest.ts';
import { listTrash } from './collect-blobs.ts';
import { listStaleIngests, partialsKeptWeekMs } from './collect-ingests.ts';
import type { BuiltImage } from './data.ts';
import { readDocument } from './documents.ts';
import { systemCodeOf } from './errors.ts';
import { blobsOf } from './image-blobs.ts';
import { checkLayoutFolder } from './layout-marker.ts';
import { blobFile } from './paths.ts';
import { listStore, type StoreListing } from './usage.ts';

/** Something that a check found. A fault is wrong; anything else is room that a collection gives back. */
interface Finding {
  /** `damaged`: a blob is not what its name says. `incomplete`: an image lacks blobs. `strange`: no blob at all. */
  readonly kind: 'damaged' | 'incomplete' | 'strange' | 'loose' | 'stale' | 'hidden';
  readonly isFault: boolean;
  /** A file, a folder, or an image's name. */
  readonly subject: string;
  readonly what: string;
  readonly next: string;
}

export interface CheckReport {
  readonly blobs: number;
  readonly bytes: number;
  /** Images that were checked to be whole. */
  readonly images: number;
  readonly findings: readonly Finding[];
}

/**
 * Reads every blob of a store and compares it with its name, and every image with what is there. Changes nothing, and
 * may run beside builds and collections.
 * @param options.expect what ought to be there: images that must be whole, and blobs that somebody needs
 * @throws NotALayoutError when the folder is no store
 */
export async function checkStore(options: {
  readonly root: string;
  readonly expect: (listing: StoreListing) => Promise<{
    readonly images: readonly BuiltImage[];
    readonly needed: ReadonlySet<Digest>;
  }>;
  readonly onProgress: (done: { readonly bytes: number; readonly totalBytes: number }) => void;
  readonly signal: AbortSignal;
}): Promise<CheckReport> {
  const { root } = options;
  await checkLayoutFolder(root);
  const listing = await listStore(root);
  const { images, needed } = await options.expect(listing);
  const inspected = await inspectBlobs(options, listing);
  const named = new Map(images.map((image) => [image.digest, image]));
  for (const image of inspected.images) if (!named.has(image.digest)) named.set(image.digest, image);

  const usersOf = (digest: Digest) =>
    [...named.values()].filter(({ blobs }) => blobs.some((blob) => blob.digest === digest));
  const incomplete = [...named.values()].map((image) => incompleteFinding(image, listing, needed));
  return {
    blobs: listing.blobs.size,
    bytes: [...listing.blobs.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    images: named.size,
    findings: [
      ...inspected.damaged.map((damage) => damagedFinding(root, damage, usersOf(damage.digest))),
      ...incomplete.filter((finding) => finding !== undefined),
      ...listing.strange.map(strangeFinding),
      ...looseFindings(listing, needed),
      ...(await leftovers(root)),
    ],
  };
}

interface Damage {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly actual: Digest;
}

async function inspectBlobs(
  options: Pick<Parameters<typeof checkStore>[0], 'root' | 'onProgress' | 'signal'>,
  listing: StoreListing,
): Promise<{ readonly damaged: readonly Damage[]; readonly images: readonly BuiltImage[] }> {
  const { root, onProgress, signal } = options;
  const totalBytes = [...listing.blobs.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const damaged: Damage[] = [];
  const images: BuiltImage[] = [];
  let bytes = 0;
  for (const [digest, { sizeBytes }] of listing.blobs) {
    const actual = await hashFile({ root, digest, signal });
    bytes += sizeBytes;
    onProgress({ bytes, totalBytes });
    // A collection took it meanwhile, or it is as it should be.
    if (actual !== undefined && actual !== digest) damaged.push({ digest, sizeBytes, actual });
    if (actual !== digest || sizeBytes > manifestBytesMax) continue;
    const document = await readDocument(root, digest);
    if (document?.kind === 'image') {
      images.push({ digest, reference: digest, blobs: blobsOf({ manifest: document }) });
    }
  }
  return { damaged, images };
}

async function hashFile(options: {
  readonly root: string;
  readonly digest: Digest;
  readonly signal: AbortSignal;
}): Promise<Digest | undefined> {
  const { algorithm } = splitDigest(options.digest);
  const hash = createHash(algorithm);
  const file = createReadStream(blobFile(options.root, options.digest), {
    highWaterMark: chunkBytes,
    signal: options.signal,
  });
  try {
    for await (const chunk of file) hash.update(chunk);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  return `${algorithm}:${hash.digest('hex')}` as Digest;
}

/** One read of this size costs one system call. */
const chunkBytes = 1024 * 1024;

function damagedFinding(root: string, damage: Damage, users: readonly BuiltImage[]): Finding {
  const expected = users.flatMap(({ blobs }) => blobs).find(({ digest }) => digest === damage.digest);
  const isShort = expected !== undefined && expected.sizeBytes !== damage.sizeBytes;
  const why = isShort
    ? `it has ${damage.sizeBytes} of ${expected.sizeBytes} bytes`
    : `its bytes are those of ${damage.actual}`;
  const names = users.map(({ reference }) => reference);
  return {
    kind: 'damaged',
    isFault: true,
    subject: blobFile(root, damage.digest),
    what: `The blob is damaged: ${why}${names.length === 0 ? '' : `. Needed by ${names.join(', ')}`}.`,
    next: `Remove the file${names.length === 0 ? '' : ', then pull or build that image again: it fetches this blob alone'}. If it happens again, look at the disk.`,
  };
}

function incompleteFinding(
  image: BuiltImage,
  listing: StoreListing,
  needed: ReadonlySet<Digest>,
): Finding | undefined {
  const missing = image.blobs.filter(({ digest }) => !listing.blobs.has(digest));
  // A manifest that nobody asks for any more is on its way out.
  if (missing.length === 0) return undefined;
  const list = missing.map(({ kind, digest }) => `${kind} ${digest}`).join(', ');
  return {
    kind: 'incomplete',
    isFault: true,
    subject: image.reference,
    what: `The image lacks ${missing.length} of ${image.blobs.length} blobs: ${list}.`,
    next: needed.has(image.digest)
      ? 'Pull or build it again: it fetches what is missing.'
      : 'Collect: nobody needs what is left of it.',
  };
}

function strangeFinding(file: string): Finding {
  return {
    kind: 'strange',
    isFault: true,
    subject: file,
    what: 'The file is no blob: its name is no digest.',
    next: 'Find out who put it there, and remove it.',
  };
}

function looseFindings(listing: StoreListing, needed: ReadonlySet<Digest>): readonly Finding[] {
  const loose = [...listing.blobs].filter(([digest]) => !needed.has(digest));
  if (loose.length === 0) return [];
  const bytes = loose.reduce((sum, [, { sizeBytes }]) => sum + sizeBytes, 0);
  return [
    {
      kind: 'loose',
      isFault: false,
      subject: 'blobs',
      what: `No image needs ${loose.length} of the blobs, ${bytes} bytes together.`,
      next: 'The next collection removes them.',
    },
  ];
}

async function leftovers(root: string): Promise<readonly Finding[]> {
  const stale = await listStaleIngests({ root, olderThanMs: partialsKeptWeekMs });
  const hidden = await listTrash(root);
  const findings: Finding[] = [];
  if (stale.length > 0) {
    findings.push({
      kind: 'stale',
      isFault: false,
      subject: 'ingest',
      what: `${stale.length} downloads stood still for more than a week.`,
      next: 'The next collection removes them.',
    });
  }
  if (hidden.length > 0) {
    findings.push({
      kind: 'hidden',
      isFault: false,
      subject: 'trash',
      what: `A collection runs, or was interrupted: ${hidden.length} blobs are out of sight.`,
      next: 'Collect: what is needed comes back, the rest goes.',
    });
  }
  return findings;
}
