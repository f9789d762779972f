'use client';

import { formatAge, formatClock, formatDate, formatExactTime } from '#lib/builds/format.ts';
import { useNow } from './use-now.ts';

export interface TimeProps {
  /** ISO 8601. */
  readonly at: string;
  readonly className?: string | undefined;
}

/** How long ago: "19m ago", then a clock time or a date. Moves on by itself. */
export function Age(props: TimeProps) {
  const isYoung = useNow(30_000) === null || Date.now() - Date.parse(props.at) < 60_000;
  const now = useNow(isYoung ? 1000 : 30_000);
  return (
    <Moment {...props} isReady={now !== null} textOf={(zone) => formatAge(props.at, new Date(), zone)} />
  );
}

/** A clock time in the viewer's zone (`18:41`), or a date (`9 Nov`). */
export function Time(props: TimeProps & { readonly format?: 'clock' | 'date' | 'exact' | undefined }) {
  const isReady = useNow(60_000) !== null;
  const { at, format = 'exact' } = props;
  const textOf = (zone: string | undefined) => {
    if (format === 'clock') return formatClock(at, zone);
    return format === 'date' ? formatDate(at, new Date(), zone) : formatExactTime(at, zone);
  };
  return <Moment {...props} isReady={isReady} textOf={textOf} />;
}

/**
 * The server writes the time in UTC, which the first render in the browser leaves alone; the element is then made
 * anew in the viewer's zone. The key does that: React would keep the server's text where its own did not change.
 */
function Moment(
  props: TimeProps & { readonly isReady: boolean; readonly textOf: (zone: string | undefined) => string },
) {
  const zone = props.isReady ? undefined : 'UTC';
  return (
    <time
      key={props.isReady ? 'viewer' : 'server'}
      dateTime={props.at}
      title={formatExactTime(props.at, zone)}
      className={props.className}
      suppressHydrationWarning
    >
      {props.textOf(zone)}
    </time>
  );
}
