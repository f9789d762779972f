import { once } from 'node:events';
import { type Extract, type ExtractEvents, extract, type Header } from 'tar-stream';

/** Takes an entry, and may ask for the beginning of its content. */
export type EntryTaker = (header: Header) => ContentTaker | undefined;

export interface ContentTaker {
  readonly bytesMax: number;
  take(bytes: Buffer): void;
}

/**
 * Hands over the entries of a tar archive one after the other: POSIX, PAX, GNU and the form from before all of these.
 * @throws what `taker` throws, what the chunks throw, the signal's reason, or an error of tar-stream
 */
export async function readArchive(options: {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly taker: EntryTaker;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { chunks, taker, signal } = options;
  const archive: Extract = extract(extractOptions);
  const failed = new Promise<never>((_, reject) => archive.on('error', reject));
  failed.catch(() => {});
  let restedAt = performance.now();
  archive.on('entry', (header, content, next) => {
    const goOn = () => {
      if (performance.now() - restedAt < sliceMs) return next();
      // Headers may be made to take long, and those of one chunk would hold up everything else, a cancel as well.
      setImmediate(() => {
        restedAt = performance.now();
        next();
      });
    };
    // A failure of the content is one of the archive, which tells it.
    content.on('error', () => {});
    content.on('end', goOn);
    try {
      takeContent(content, taker(header));
    } catch (error) {
      archive.destroy(error instanceof Error ? error : new Error('An entry was not taken', { cause: error }));
    }
  });
  try {
    for await (const chunk of chunks) {
      restedAt = performance.now();
      if (!archive.write(chunk)) await Promise.race([once(archive, 'drain', { signal }), failed]);
    }
    const finished = once(archive, 'finish', { signal });
    archive.end(undefined);
    await Promise.race([finished, failed]);
  } finally {
    archive.destroy();
  }
}

function takeContent(content: ExtractEvents['entry'][1], taker: ContentTaker | undefined): void {
  if (taker !== undefined) {
    const parts: Buffer[] = [];
    let bytes = 0;
    content.on('data', (chunk) => {
      const part = (chunk as Buffer).subarray(0, taker.bytesMax - bytes);
      // A part of a chunk would keep the whole chunk in memory.
      if (part.length > 0) parts.push(Buffer.from(part));
      bytes += part.length;
    });
    content.on('end', () => taker.take(Buffer.concat(parts)));
  }
  content.resume();
}

/** Archives from before POSIX have no magic word, and engines take them. The package's types do not know the option. */
const extractOptions = { allowUnknownFormat: true, highWaterMark: 64 * 1024 };

/** A cancel has to come through within a second. */
const sliceMs = 50;
