import type { Engine, StepLimits, StepNetwork } from '#lib/engines/types.ts';
import type { BuiltStep, Upload } from '#lib/images/schema.ts';
import type { CachePolicy } from '#lib/images/step-plan.ts';
import type { EarlierBuild } from '#lib/images/why.ts';
import type { Cleaner } from '#lib/log/redact.ts';
import type { ResolvedImage } from '#lib/pull/resolve.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import type { StageLog } from '../log/stage-log.ts';
import type { BuildEvent } from '../schema.ts';
import type { StoreKeeper } from '../store-keeper.ts';
import type { PythonSource } from './python-source.ts';
import type { StepResults } from './step-results.ts';

/** What a build does after the pull. */
export interface StepsWork {
  readonly steps: readonly BuiltStep[];
  readonly policy: CachePolicy;
  readonly workspaceId: string;
  readonly requester: string;
  /** The custom secrets that steps name: their ids, and their values for the step's file. */
  readonly secrets: ReadonlyMap<
    string,
    { readonly id: string; readonly values: Readonly<Record<string, string>> }
  >;
  /** The last build of the same image, or of the same reference without one. */
  readonly earlier: EarlierBuild | null;
  readonly results: StepResults;
  readonly uploads: StepUploads;
  /** Where Python is taken from: a reference with `{version}` in it. */
  readonly pythonImage: string;
  /** Null where nothing can run steps. */
  readonly engine: Engine | null;
  /** What is missing there, and how to get it. */
  readonly lack: { readonly why: string; readonly next: string } | null;
  readonly network: StepNetwork;
  readonly limits: StepLimits;
}

export interface RunStepsOptions {
  readonly work: StepsWork;
  readonly image: ResolvedImage;
  readonly reference: string;
  readonly platform: string;
  /** Asks what Python of a series is now. */
  readonly findPython: (version: string, log: StageLog) => Promise<PythonSource>;
  readonly store: BlobStore;
  readonly keeper: StoreKeeper;
  readonly log: StageLog;
  /** Takes sensitive values out of what steps print. */
  readonly clean: Cleaner;
  readonly emit: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/** The files that steps put into the image. */
interface StepUploads {
  /**
   * Brings a file to this machine, verified.
   * @returns where it lies until the build ends
   */
  fetch(upload: Upload): Promise<string>;
}
