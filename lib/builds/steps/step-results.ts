import type { Descriptor } from '#lib/oci/types.ts';

/** A result that is kept: the image's manifest, and what making it cost the build that did. */
export interface KeptStep {
  readonly manifest: Descriptor;
  readonly addedBytes: number;
  readonly tookMs: number;
  readonly buildNumber: number;
}

/** What steps made, kept for builds to come. */
export interface StepResults {
  /**
   * Asks for a step to run, until its result is kept or the build has ended.
   * @returns the number of another build that runs it now; null when it is this build's
   */
  askForTurn(key: string): Promise<number | null>;
  /** The results that are kept under these keys. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, KeptStep>>;
  keep(result: {
    readonly key: string;
    readonly manifest: Descriptor;
    readonly addedBytes: number;
    readonly tookMs: number;
  }): Promise<void>;
}
