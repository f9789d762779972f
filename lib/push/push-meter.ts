import type { Digest } from '#lib/oci/digest.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { TransferRate } from '#lib/pull/transfer-rate.ts';
import type { PushBlobState, PushProgress } from './schema.ts';
import type { Pushed } from './types.ts';

interface Meter {
  readonly kind: 'layer' | 'config';
  readonly sizeBytes: number;
  state: PushBlobState;
  sentBytes: number;
}

/** Gathers how far each blob is and says it at most five times a second, and exactly when asked at the end. */
export class PushMeter {
  readonly #blobs = new Map<Digest, Meter>();
  readonly #rate = new TransferRate();
  readonly #onProgress: (progress: PushProgress) => void;
  #tagBefore: string | null | undefined;
  #isNews = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly layers: readonly Descriptor[];
    readonly config: Descriptor;
    readonly onProgress: (progress: PushProgress) => void;
  }) {
    this.#onProgress = options.onProgress;
    const all = [
      ...options.layers.map((layer) => ({ kind: 'layer', ...layer }) as const),
      { kind: 'config', ...options.config } as const,
    ];
    for (const { kind, digest, sizeBytes } of all) {
      if (!this.#blobs.has(digest))
        this.#blobs.set(digest, { kind, sizeBytes, state: 'waiting', sentBytes: 0 });
    }
  }

  start(): void {
    this.#say();
    this.#timer = setInterval(() => {
      const isSending = [...this.#blobs.values()].some(({ state }) => state === 'uploading');
      // Without news the speed still falls, and a display has to show that.
      if (this.#isNews || isSending) this.#say();
    }, sayEveryMs);
  }

  tagBefore(digest: string | null): void {
    this.#tagBefore = digest;
    this.#isNews = true;
  }

  /** `sentBytes` may fall, when something has to be sent again; only growth is speed. */
  update(digest: Digest, state: PushBlobState, sentBytes?: number): void {
    const meter = this.#blobs.get(digest);
    if (meter === undefined) return;
    if (sentBytes !== undefined) {
      if (sentBytes > meter.sentBytes) this.#rate.add(sentBytes - meter.sentBytes, performance.now());
      meter.sentBytes = sentBytes;
    }
    meter.state = state;
    this.#isNews = true;
  }

  /** Says where everything stands now, and nothing more afterwards. */
  finish(): void {
    clearInterval(this.#timer);
    this.#say();
  }

  get totals(): Omit<Pushed, 'digest'> {
    const bytesOf = (wanted: PushBlobState) =>
      [...this.#blobs.values()].reduce(
        (sum, { state, sizeBytes }) => sum + (state === wanted ? sizeBytes : 0),
        0,
      );
    return {
      sentBytes: bytesOf('uploaded'),
      mountedBytes: bytesOf('mounted'),
      presentBytes: bytesOf('present'),
    };
  }

  #say(): void {
    this.#isNews = false;
    const nowMs = performance.now();
    const blobs = [...this.#blobs].map(([digest, meter]) => ({ digest, ...meter }));
    const remainingBytes = blobs.reduce((sum, { state, sizeBytes, sentBytes }) => {
      const isOpen = state === 'waiting' || state === 'asking' || state === 'uploading';
      return sum + (isOpen ? sizeBytes - sentBytes : 0);
    }, 0);
    const secondsLeft = this.#rate.secondsLeft({ remainingBytes, nowMs });
    this.#onProgress({
      blobs,
      bytesPerSecond: this.#rate.bytesPerSecond(nowMs),
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
      ...(this.#tagBefore === undefined ? {} : { tagBefore: this.#tagBefore }),
    });
  }
}

/** Each goes through the database to whoever looks. */
const sayEveryMs = 200;
