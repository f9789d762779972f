import { formatCountOf } from '#lib/builds/format.ts';
import type { Waiting } from '#lib/builds/types.ts';

/** Why a queued build has not begun: one line. */
export function waitingWords(waiting: Waiting): string {
  const { buildsBefore, needsEngine, workers, slots, busy } = waiting;
  if (workers === 0) return 'No worker is running. The build starts as soon as one does.';
  const place =
    buildsBefore === 0 ? 'Next in line' : `${formatCountOf(buildsBefore, 'build')} before it in line`;
  const takers = `${formatCountOf(workers, 'worker')}${needsEngine ? ' with an engine' : ''}`;
  return `${place}. ${takers}: ${busy} of ${slots} slots busy.`;
}
