import { Note } from '#app/_components/note.tsx';
import { formatClock, formatDay, formatExactTime } from '#lib/builds/format.ts';

/** Said of what was typed earlier and is in the form again. */
export function DraftLine(props: { readonly keptAt: string; readonly onDiscard: () => void }) {
  const { keptAt } = props;
  const day = formatDay(keptAt, new Date());
  return (
    <Note role="status">
      Your draft of{' '}
      <time dateTime={keptAt} title={formatExactTime(keptAt)} className="tabular-nums">
        {day === 'Today' ? '' : `${day} `}
        {formatClock(keptAt)}
      </time>{' '}
      ·{' '}
      <button type="button" onClick={props.onDiscard} className="text-tide hover:underline touch:min-h-touch">
        Discard draft
      </button>
    </Note>
  );
}
