import type { StoredVersion } from '#lib/secrets/types.ts';
import type { PreflightCheck, PreflightView } from './schema.ts';

/** Which worker makes which check. A check is taken once, so both together tell every writer from all others. */
export interface PreflightRef {
  readonly id: string;
  readonly workerId: string;
}

/** A check as a worker takes it. */
export interface PreflightClaim extends PreflightRef {
  readonly workspaceId: string;
  /** Normalised; null to try the secret alone. */
  readonly reference: string | null;
  readonly platform: string;
  /** With `draft`, the secret that the draft is for, which may not be saved yet. */
  readonly secretId: string | null;
  readonly versionId: string | null;
  /** A sealed version that was not saved. */
  readonly draft: StoredVersion | null;
}

/** A check as its row has it. */
export interface PreflightRow extends Pick<PreflightView, 'allowance' | 'endedAt'> {
  readonly state: PreflightView['state'] | 'abandoned';
  readonly checks: readonly PreflightCheck[];
  /** For how long it has been there. */
  readonly ageMs: number;
}
