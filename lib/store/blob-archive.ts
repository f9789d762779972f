import type { Descriptor } from '#lib/oci/types.ts';
import { tarEnd, tarHeader, tarPadding } from './tar-entry.ts';
import { readVerified } from './verified-blob.ts';

/** What goes into an archive: bytes at hand, or a blob of the store. A folder has a name that ends in a slash, and no bytes. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content: Uint8Array | Pick<Descriptor, 'digest' | 'sizeBytes'>;
}

/** A tar archive that exists only while it is read. The same entries are the same bytes. */
export interface BlobArchive {
  readonly sizeBytes: number;
  readonly parts: readonly ArchiveEntry['content'][];
}

export function planBlobArchive(entries: readonly ArchiveEntry[]): BlobArchive {
  const parts = entries.flatMap(({ name, content }) => {
    const sizeBytes = sizeOf(content);
    return [tarHeader({ name, sizeBytes }), content, tarPadding(sizeBytes)];
  });
  const all = [...parts, tarEnd];
  return { sizeBytes: all.reduce((sum, part) => sum + sizeOf(part), 0), parts: all };
}

/**
 * The bytes of an archive from `start` up to `end`. At most one file is open at a time, and none once the reader has left.
 * @throws BlobDamagedError before the last bytes of a blob that is not what its digest says
 */
export async function* readBlobArchive(options: {
  readonly root: string;
  readonly archive: BlobArchive;
  readonly start: number;
  readonly end: number;
}): AsyncGenerator<Uint8Array, void, void> {
  const { root, archive } = options;
  let at = 0;
  for (const part of archive.parts) {
    const sizeBytes = sizeOf(part);
    const start = Math.max(0, options.start - at);
    const end = Math.min(sizeBytes, options.end - at);
    at += sizeBytes;
    if (start >= end) continue;
    if (part instanceof Uint8Array) yield part.subarray(start, end);
    else yield* readVerified({ root, descriptor: part, start, end });
  }
}

function sizeOf(content: ArchiveEntry['content']): number {
  return content instanceof Uint8Array ? content.length : content.sizeBytes;
}
