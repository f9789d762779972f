import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { SecretRefusedError } from './errors.ts';
import { reportPendingVersion } from './mutations.ts';
import { openVersion } from './open-version.ts';
import type { Opener, StoredVersion, VersionReport } from './types.ts';

/**
 * Opens and checks every version that waits for it, and reports on each. Any number of workers may do so at the same time.
 *
 * @returns how many were reported on
 */
export async function checkPendingVersions(options: {
  readonly open: Opener;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { open, signal } = options;
  for (let count = 0; ; count += 1) {
    signal.throwIfAborted();
    const isReported = await reportPendingVersion({ check: (stored) => checkVersion({ stored, open }) });
    if (!isReported) return count;
  }
}

/** What a version is worth. Findings are sentences without any value. */
async function checkVersion(options: {
  readonly stored: StoredVersion;
  readonly open: Opener;
}): Promise<VersionReport> {
  try {
    const { warnings } = await openVersion(options);
    return { state: 'accepted', findings: warnings };
  } catch (error) {
    if (error instanceof SecretRefusedError) return { state: 'refused', findings: error.findings };
    // The vault's: altered or moved, or of a key that is not here.
    if (error instanceof SlipwayError) {
      const { what, why, next } = error.advice;
      return { state: 'refused', findings: [`${what}. ${why} ${next}`] };
    }
    throw error;
  }
}
