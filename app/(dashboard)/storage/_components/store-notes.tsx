import { Note } from '#app/_components/note.tsx';
import { Age } from '#app/_components/time.tsx';
import { formatBytes } from '#lib/builds/format.ts';
import type { CollectionRow, StoreFacts } from '#lib/store/types.ts';
import { isDiskLow } from './store-sums.ts';

/** What an owner has to know before the figures: that they are old, the disk nearly full, or the last collection failed. */
export function StoreNotes(props: {
  readonly facts: StoreFacts | null;
  readonly newest: CollectionRow | null;
}) {
  const { facts, newest } = props;
  const failure = newest?.failure ?? null;
  const isOld = facts !== null && Date.now() - Date.parse(facts.measuredAt) > silenceMs;
  const isLow = facts !== null && isDiskLow(facts);
  if (facts !== null && failure === null && !isOld && !isLow) return null;
  return (
    <div className="grid max-w-[880px] gap-2 px-6 pb-3 max-md:px-4">
      {facts === null && (
        <Note>
          <b className="font-medium text-ink">The store is not measured yet.</b> A worker does it within a
          minute of its start; the figures appear then.
        </Note>
      )}
      {isOld && (
        <Note tone="warn">
          <b className="font-medium text-ink">No worker measures the store.</b> The last one did{' '}
          <Age at={facts.measuredAt} />; what happened since is not in the figures. Look at the worker’s log.
        </Note>
      )}
      {isLow && (
        <Note tone="warn">
          <b className="font-medium text-ink">The disk is nearly full.</b> {formatBytes(facts.freeBytes)} are
          free. Large pulls make images give way that were used least recently, and fail where that is not
          enough. Free some space, or set a lower size limit.
        </Note>
      )}
      {failure !== null && (
        <Note tone="bad">
          <b className="font-medium text-ink">{failure.what}.</b> {failure.why} {failure.next}
        </Note>
      )}
    </div>
  );
}

/** Workers measure every minute. */
const silenceMs = 5 * 60_000;
