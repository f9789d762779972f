import type { StatusState } from '#app/_components/status.tsx';
import type { SecretVersionRow } from '#lib/secrets/types.ts';

/** The state of a version as the word that is shown for it. */
export function stateOf(version: Pick<SecretVersionRow, 'state' | 'findings'>): StatusState {
  if (version.state === 'pending') return 'checking';
  if (version.state === 'refused') return 'refused';
  return version.findings.length > 0 ? 'warned' : 'accepted';
}
