import type { ErrorReport } from '#lib/errors/report.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { PushProgress, PushState } from './schema.ts';

/** A push as a page shows it. Times are ISO 8601. Plain data. */
export interface PushView {
  readonly id: string;
  readonly buildNumber: number;
  readonly reference: string;
  readonly secret: { readonly name: string; readonly version: number } | null;
  /** `build`: with its build, because of the image's push target. */
  readonly trigger: 'manual' | 'build';
  readonly requesterName: string;
  readonly state: PushState;
  /** Of one that is queued. */
  readonly waitsFor: 'build' | 'worker' | null;
  readonly cause: string | null;
  readonly error: ErrorReport | null;
  readonly progress: PushProgress | null;
  /** Of the manifest, once the registry has it. */
  readonly digest: string | null;
  readonly sentBytes: number;
  readonly mountedBytes: number;
  readonly presentBytes: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** Where an image goes. */
export interface PushTarget {
  readonly reference: string;
  readonly secretName: string | null;
  readonly isAutomatic: boolean;
}

/** A push and the attempt at it that a claim began. */
export interface PushClaim {
  readonly id: string;
  readonly workspaceId: string;
  readonly buildId: string;
  readonly buildNumber: number;
  readonly reference: string;
  readonly secretId: string | null;
  readonly secretVersionId: string | null;
  readonly trigger: 'manual' | 'build';
  readonly requesterName: string;
  readonly attempt: number;
  /** Every write of this attempt names it, and fails once the push has a newer one. */
  readonly epoch: number;
}

/** What a push came to. */
export interface Pushed {
  readonly digest: Digest;
  readonly sentBytes: number;
  readonly mountedBytes: number;
  readonly presentBytes: number;
}
