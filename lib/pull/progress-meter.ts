import type { Digest } from '#lib/oci/digest.ts';
import type { LayerState, ProgressEvent } from './events.ts';
import { distinctBlobs, type PlannedBlob } from './plan.ts';
import { TransferRate } from './transfer-rate.ts';

interface Meter {
  state: LayerState;
  doneBytes: number;
}

/** Gathers what fetches report and says it at most ten times a second, and exactly when asked at the end. */
export class ProgressMeter {
  readonly #blobs: readonly PlannedBlob[];
  readonly #meters: ReadonlyMap<Digest, Meter>;
  readonly #totalBytes: number;
  readonly #rate = new TransferRate();
  readonly #onEvent: (event: ProgressEvent) => void;
  readonly #now: () => number;
  #isNews = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly blobs: readonly PlannedBlob[];
    readonly onEvent: (event: ProgressEvent) => void;
    readonly now?: () => number;
  }) {
    this.#blobs = options.blobs;
    this.#onEvent = options.onEvent;
    this.#now = options.now ?? (() => performance.now());
    const distinct = distinctBlobs(options.blobs);
    this.#totalBytes = distinct.reduce((sum, { descriptor }) => sum + descriptor.sizeBytes, 0);
    this.#meters = new Map(
      distinct.map(({ descriptor, state, doneBytes }) => [
        descriptor.digest,
        { state: state === 'present' ? 'reused' : 'waiting', doneBytes },
      ]),
    );
  }

  start(): void {
    this.#timer = setInterval(() => {
      // Without news the speed still falls, and a display has to show that.
      if (this.#isNews || this.#isUnderWay()) this.#say();
    }, eventIntervalMs);
  }

  /** `doneBytes` stays as it is when absent. Growth while fetching is what the speed is made of. */
  update(digest: Digest, change: { readonly state: LayerState; readonly doneBytes?: number }): void {
    const meter = this.#meters.get(digest);
    if (meter === undefined) return;
    const { state, doneBytes = meter.doneBytes } = change;
    if (state === 'fetching' && meter.state === 'fetching' && doneBytes > meter.doneBytes) {
      this.#rate.add(doneBytes - meter.doneBytes, this.#now());
    }
    meter.state = state;
    meter.doneBytes = doneBytes;
    this.#isNews = true;
  }

  /** Says where everything stands now, and nothing more afterwards. */
  finish(): void {
    clearInterval(this.#timer);
    this.#say();
  }

  #isUnderWay(): boolean {
    return [...this.#meters.values()].some(({ state }) => state === 'fetching');
  }

  #say(): void {
    this.#isNews = false;
    const nowMs = this.#now();
    const doneBytes = [...this.#meters.values()].reduce((sum, meter) => sum + meter.doneBytes, 0);
    const secondsLeft = this.#rate.secondsLeft({ remainingBytes: this.#totalBytes - doneBytes, nowMs });
    this.#onEvent({
      kind: 'progress',
      layers: this.#blobs.map(({ index, descriptor }) => {
        const { state, doneBytes } = this.#meters.get(descriptor.digest) ?? {
          state: 'waiting',
          doneBytes: 0,
        };
        return { index, state, doneBytes };
      }),
      bytesPerSecond: this.#rate.bytesPerSecond(nowMs),
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
    });
  }
}

/** Ten a second looks continuous; more only costs the database and the terminal. */
const eventIntervalMs = 100;
