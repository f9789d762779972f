import type { Digest } from '#lib/oci/digest.ts';

export type LayerState = 'waiting' | 'fetching' | 'verifying' | 'verified' | 'reused' | 'failed';

export interface LayerProgress {
  /** Its place among the layers, from 0, from the base upwards. */
  readonly index: number;
  readonly state: LayerState;
  /** Bytes in place, those of an earlier try included. */
  readonly doneBytes: number;
}

/** How far a pull is: always every layer, so that the newest says all. At most ten a second, exact at the end. */
export interface ProgressEvent {
  readonly kind: 'progress';
  readonly layers: readonly LayerProgress[];
  /** Mean of the last 3 seconds. */
  readonly bytesPerSecond: number;
  /** Not known before 3 seconds of data. */
  readonly secondsLeft?: number;
}

/** A layer is in place. Said once for each distinct layer, under its first index. */
export interface LayerEvent {
  readonly kind: 'layer';
  readonly index: number;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** `reused`: none of its bytes were fetched by this pull. */
  readonly state: 'verified' | 'reused';
  readonly fetchedBytes: number;
  /** Bytes of an earlier try that this one went on from. */
  readonly resumedBytes: number;
}

export type PullEvent = ProgressEvent | LayerEvent;
