import { addAbortSignal, pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress, constants as zlib } from 'node:zlib';
import { LayerUnreadableError } from './errors.ts';
import { splitZstdFrames } from './zstd-frames.ts';

/**
 * The bytes of a layer's archive, unpacked. What they are packed with is read from the bytes: names of media types
 * are wrong often enough. https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#distributable-format
 *
 * @throws LayerUnreadableError, also while the result is read
 */
export async function decompress(options: {
  readonly packed: Readable;
  readonly signal: AbortSignal;
}): Promise<Readable> {
  const { packed, signal } = options;
  const chunks: AsyncIterator<Uint8Array> = addAbortSignal(signal, packed)[Symbol.asyncIterator]();
  const head = await beginning(chunks);
  const format = formats.find(({ magic }) => magic.every((byte, at) => byte === null || head[at] === byte));
  const bytes = rest(head, chunks);
  switch (format?.name) {
    case undefined:
      return Readable.from(bytes, { signal });
    case 'gzip':
      return through(bytes, createGunzip({ chunkSize }), signal);
    case 'zstd':
      return through(splitZstdFrames(bytes), createZstdDecompress({ chunkSize, params: zstdParams }), signal);
    default:
      packed.destroy();
      throw new LayerUnreadableError({
        why: `it is packed as ${format?.name}, which neither the OCI nor Docker’s registry format has`,
        next: 'Push the image again with layers packed as gzip or zstd.',
      });
  }
}

/** Enough to tell the formats apart, however small the pieces are in which it comes. */
async function beginning(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array();
  while (head.length < magicBytesMax) {
    const next = await chunks.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* rest(head: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  } finally {
    await chunks.return?.();
  }
}

function through(
  bytes: AsyncIterable<Uint8Array>,
  decoder: ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>,
  signal: AbortSignal,
): Readable {
  // Whoever reads the decoder gets the failure.
  pipeline(Readable.from(bytes), decoder, () => {});
  return addAbortSignal(signal, decoder);
}

/** RFC 1952, 2.3.1; RFC 8878, 3.1.1 and 3.1.2 (a skippable frame may come first); and what old engines also took. */
const formats: readonly { readonly name: string; readonly magic: readonly (number | null)[] }[] = [
  { name: 'gzip', magic: [0x1f, 0x8b] },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'zstd', magic: [null, 0x2a, 0x4d, 0x18] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
];

const magicBytesMax = Math.max(...formats.map(({ magic }) => magic.length));

/** Unpacked bytes come in pieces of this size: small enough to stop between two of them at any time. */
const chunkSize = 256 * 1024;

/** A frame says how much memory it needs. 128 MiB is what zstd gives without being asked for more. */
const zstdParams = { [zlib.ZSTD_d_windowLogMax]: 27 };
