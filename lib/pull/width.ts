/**
 * How many connections a pull uses at once: as many as make it faster. While all of them are in use and the threads still wait
 * for bytes, there are more of them, twice as many each time; once more of them have brought nothing, it stays as it is
 * for a while. Where the processor or the line is the limit, that is soon.
 */
export class Width {
  #connections = connectionsFirst;
  #trial: { readonly ratePerMs: number; readonly samples: number } | undefined;
  #restingSamples = 0;
  #lastBytes = 0;
  #lastMs: number | undefined;
  #ratePerMs = 0;

  get connections(): number {
    return this.#connections;
  }

  /** Whether it has found what there is to gain. */
  get isSettled(): boolean {
    return this.#restingSamples > 0 || this.#connections === connectionsMax;
  }

  /** Looks at the pull as it is now. Called every `sampleEveryMs`. */
  sample(options: {
    /** That have come so far. */
    readonly bytes: number;
    /** How much of their time the threads were busy since the last sample: 0 to 1. */
    readonly busyShare: number;
    /** Whether every connection that is allowed is in use, and more work waits. */
    readonly isFull: boolean;
    readonly nowMs: number;
  }): void {
    const { bytes, busyShare, isFull, nowMs } = options;
    const elapsedMs = nowMs - (this.#lastMs ?? nowMs);
    const newBytes = bytes - this.#lastBytes;
    this.#lastMs = nowMs;
    this.#lastBytes = bytes;
    // The first look only says where it begins.
    if (elapsedMs <= 0) return;
    // Bytes come in bursts: half of what was, half of what is.
    const ratePerMs = newBytes / elapsedMs;
    this.#ratePerMs = this.#ratePerMs === 0 ? ratePerMs : (this.#ratePerMs + ratePerMs) / 2;
    if (this.#restingSamples > 0) this.#restingSamples -= 1;
    else if (isFull) this.#consider(busyShare);
  }

  #consider(busyShare: number): void {
    const trial = this.#trial;
    if (trial !== undefined && trial.samples < trialSamples) {
      this.#trial = { ...trial, samples: trial.samples + 1 };
      return;
    }
    this.#trial = undefined;
    if (trial !== undefined && this.#ratePerMs < trial.ratePerMs * worthwhileGain) {
      this.#restingSamples = restSamples;
      return;
    }
    if (busyShare > busyShareMax || this.#connections === connectionsMax) return;
    this.#trial = { ratePerMs: this.#ratePerMs, samples: 0 };
    this.#connections = Math.min(connectionsMax, this.#connections * 2);
  }
}

/** What containers/image uses: no registry takes it for an attack. */
const connectionsFirst = 6;
/** More from one address, and registries begin to refuse. */
export const connectionsMax = 24;
export const sampleEveryMs = 40;
/**
 * Of threads that are busier than this, the processor is the limit, here or in a server on the same machine: more connections
 * only bring bytes out of order.
 */
const busyShareMax = 0.7;
/** New connections need a while to get going. */
const trialSamples = 2;
/** Twice as many connections that bring less than this much more are not worth it. */
const worthwhileGain = 1.08;
/** Two seconds, then the line may have changed. */
const restSamples = 2_000 / sampleEveryMs;
