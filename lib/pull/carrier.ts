import type { BlobReader } from '#lib/oci/blobs.ts';
import { splitDigest } from '#lib/oci/digest.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { Landed, type Span } from '#lib/store/landed.ts';
import { Follower, Landing } from './landing.ts';

/** A blob on its way into a file: plain data and shared memory, so that any thread can work on it. */
export interface Cargo {
  /** Tells it from every other of this process. */
  readonly id: number;
  readonly repository: string;
  readonly descriptor: Descriptor;
  readonly file: string;
  /** Of its `Landed`. */
  readonly memory: SharedArrayBuffer;
  readonly pieceBytes: number;
  readonly asksMirrors: boolean;
}

/** A part of a blob to fetch. */
export interface Load {
  readonly span: Span;
  /** Nobody else fetches from this blob yet: if the server sends all of it instead of the part, all of it is taken. */
  readonly isFirst: boolean;
}

/**
 * Does the work of a pull in one thread: fetches, writes and hashes, and no byte leaves the thread. Whatever is asked of it
 * ends soon after its signal.
 */
export class Carrier {
  readonly #reader: BlobReader;
  /** Of the blobs that are hashed in this thread. */
  readonly #followers = new Map<number, Follower>();

  constructor(reader: BlobReader) {
    this.#reader = reader;
  }

  /** Hashes a blob as it lands, whoever fetches it. Resolves with its hash when it is whole. */
  async hash(cargo: Cargo, signal: AbortSignal): Promise<string> {
    const { id, descriptor, file } = cargo;
    const landed = landedOf(cargo);
    const follower = new Follower({ landed, algorithm: splitDigest(descriptor.digest).algorithm });
    this.#followers.set(id, follower);
    try {
      return await follower.follow(file, signal);
    } finally {
      this.#followers.delete(id);
    }
  }

  /** Fetches a part of a blob into its file. `onAnswer` hears whether the server sends parts. */
  async fetch(
    cargo: Cargo,
    load: Load & { readonly onAnswer: (isRange: boolean) => void },
    signal: AbortSignal,
  ): Promise<void> {
    const { id, repository, descriptor, file, asksMirrors } = cargo;
    const { span, isFirst } = load;
    const landed = landedOf(cargo);
    const landing = new Landing({ file, landed, span, follower: this.#followers.get(id) });
    try {
      const chunks = this.#reader.streamBlob({
        ...{ repository, descriptor, offset: span.first, endBytes: span.end, asksMirrors, signal },
        takesWhole: isFirst,
        onAnswer: ({ isRange }) => load.onAnswer(isRange),
      });
      for await (const chunk of chunks) {
        landing.take(chunk);
        signal.throwIfAborted();
      }
    } finally {
      landing.close();
    }
  }
}

function landedOf({ descriptor, memory, pieceBytes }: Cargo): Landed {
  return new Landed({ sizeBytes: descriptor.sizeBytes, pieceBytes, memory });
}
