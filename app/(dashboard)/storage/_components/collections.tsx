import { Status, type StatusState } from '#app/_components/status.tsx';
import { Age } from '#app/_components/time.tsx';
import { formatBytes, formatCountOf } from '#lib/builds/format.ts';
import type { CollectionRow } from '#lib/store/types.ts';
import { Section } from './section.tsx';

/** The last collections that somebody asked for or that found something. */
export function Collections({ collections }: { readonly collections: readonly CollectionRow[] }) {
  return (
    <Section title="Last collections">
      {collections.length === 0 ? (
        <p className="text-small text-ink-3">None has found anything to remove yet.</p>
      ) : (
        <ul aria-label="Last collections" className="border-t border-line">
          {collections.map((row) => (
            <li key={row.id} className="border-b border-line py-2">
              <div className="flex items-center justify-between gap-3">
                <Status state={states[row.state]} />
                <span className="text-small text-ink-3">
                  <Age at={row.endedAt ?? row.createdAt} />
                </span>
              </div>
              <p className="text-small wrap-anywhere text-ink-2 tabular-nums">{freedText(row)}</p>
              <p className="text-small text-ink-3">{whoOf(row)}</p>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

const states: Readonly<Record<CollectionRow['state'], StatusState>> = {
  queued: 'queued',
  running: 'running',
  done: 'succeeded',
  failed: 'failed',
};

function freedText(row: CollectionRow): string {
  const { images, blobs, partials, freedBytes, failure } = row;
  const parts = [
    ...(images === 0 ? [] : [formatCountOf(images, 'image')]),
    ...(blobs === 0 ? [] : [formatCountOf(blobs, 'blob')]),
    ...(partials === 0 ? [] : [formatCountOf(partials, 'download')]),
  ];
  const freed =
    parts.length === 0 ? 'Nothing removed' : `${formatBytes(freedBytes)} freed: ${parts.join(', ')}`;
  return failure === null ? freed : `${failure.what}. ${failure.why} ${freed}.`;
}

function whoOf({ reason, requestedBy }: CollectionRow): string {
  switch (reason) {
    case 'asked':
      return `Asked for by ${requestedBy ?? 'somebody who left'}`;
    case 'command':
      return `Command line${requestedBy === null ? '' : `, ${requestedBy}`}`;
    case 'room':
      return 'Before a pull that would not fit';
    case 'schedule':
      return 'By the clock';
  }
}
