import type { Transform } from 'node:stream';
import type { Cleaner } from '#lib/log/redact.ts';
import type { ImageManifest, Platform } from '#lib/oci/types.ts';

/** Which engine runs steps here, as it is shown to people. */
export interface EngineFacts {
  /** As people call it: Buildah, BuildKit. */
  readonly name: string;
  readonly version: string;
  /** How steps are kept from the host, in words. */
  readonly isolation: string;
  /** Whether steps are known to have processes, files and a network apart from those of the machine that they run on. */
  readonly isIsolated: boolean;
  /** The networks that it can give a step. */
  readonly networks: readonly StepNetwork[];
  /** What of a step's use it can bound. Time and output are bounded in any case. */
  readonly limits: { readonly memory: boolean; readonly disk: boolean; readonly processes: boolean };
}

/** The network of a step: none, one that reaches the internet but nothing of this machine, or the machine's own. */
export const stepNetworks = ['none', 'private', 'host'] as const;
export type StepNetwork = (typeof stepNetworks)[number];

/** A whole image in the store, on which steps go on. */
export interface BaseImage {
  /** An OCI manifest: see `ociForm`. */
  readonly manifest: ImageManifest;
  /** Its config's bytes. */
  readonly config: Uint8Array;
  /** Of its layers, uncompressed, in order, as its config says. */
  readonly diffIds: readonly string[];
}

export interface StepLimits {
  readonly timeoutMs: number;
  /** Of both streams together. */
  readonly outputBytesMax: number;
  readonly memoryBytes: number | undefined;
}

/** A file that a step copies. */
export interface ContextFile {
  /** What COPY calls it: a path below the context's root, without `..`. Of two files none is in the other's way. */
  readonly name: string;
  /** Where it lies now: a regular file, verified, that the engine copies and leaves as it is. */
  readonly file: string;
  /** Its permissions in the context, which COPY keeps: those of the file that lies there are this server's. */
  readonly mode: number;
}

/** One step to run on a base. */
export interface StepRun {
  readonly base: BaseImage;
  /** What the base is for, as it was checked: its config may not say it, or spell it in a way that engines do not take. */
  readonly platform: Platform;
  /** Further images of the store, by the names that `COPY --from=NAME` has in the lines. Like the base they cost no credential. */
  readonly images: ReadonlyMap<string, BaseImage>;
  /** All that the context of the build holds. An ignore file among them is a file like the others. */
  readonly files: readonly ContextFile[];
  /** Dockerfile instructions, one a line, without FROM. */
  readonly lines: readonly string[];
  /** What a step that mounts secrets finds in its file. Held in memory and in a private memory file system only. */
  readonly secretsText: string | undefined;
  readonly network: StepNetwork;
  readonly limits: StepLimits;
  /** Takes sensitive values out of what the step prints, before it is cut into lines, and out of what errors repeat. */
  readonly clean: Cleaner;
  /** Called with each line as it comes, cleaned. */
  readonly onLine: (line: OutputLine) => void;
  /** Resolves when there is room for more lines. An engine reads no further output before: the step waits then. */
  readonly taken: () => Promise<void>;
  readonly signal: AbortSignal;
}

export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What an engine made, in a folder that is removed by `dispose`: an OCI layout with one image. */
export interface StepOutput {
  readonly folder: string;
  /** What each of its new layers, unpacked, has to go through before it is an image's. */
  mend(): Transform;
  dispose(): Promise<void>;
}

/** What runs steps. It is given no credential: its base comes from the store. */
export interface Engine {
  readonly facts: EngineFacts;
  /**
   * Runs a step. Nothing of it is left running or mounted when this settles.
   * @throws StepFailedError, StepRefusedError, StepTimeoutError, StepOutputError, EngineFailedError, and the signal's reason
   */
  runStep(run: StepRun): Promise<StepOutput>;
}
