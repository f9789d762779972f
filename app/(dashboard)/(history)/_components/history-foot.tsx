'use client';

import { useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { Note } from '#app/_components/note.tsx';
import { formatCount, formatCountOf } from '#lib/builds/format.ts';

/** How much of the history is on the page, and the way to the rest. */
export function HistoryFoot(props: {
  readonly shown: number;
  /** Null under a filter, where the number of all that match is not counted. */
  readonly all: number | null;
  readonly hasOlder: boolean;
  /** Whether they came. */
  readonly onLoad: () => Promise<boolean>;
}) {
  const { shown, all, hasOlder } = props;
  const [isLoading, setLoading] = useState(false);
  const [hasFailed, setFailed] = useState(false);

  async function load() {
    setLoading(true);
    setFailed(false);
    setFailed(!(await props.onLoad()));
    setLoading(false);
  }

  return (
    <footer className="grid gap-3 py-3 pr-4 pl-6 text-small text-ink-3 max-md:px-4">
      {hasFailed && (
        <Note tone="bad" role="alert">
          Older builds did not load: the server did not answer. The {formatCountOf(shown, 'build')} above{' '}
          {shown === 1 ? 'is' : 'are'} complete.
        </Note>
      )}
      <div className="flex items-center justify-between gap-3">
        <span className="tabular-nums">
          {all === null || all <= shown
            ? formatCountOf(shown, 'build')
            : `${formatCount(shown)} of ${formatCountOf(all, 'build')}`}
        </span>
        {hasOlder && (
          <Button size="sm" isBusy={isLoading} busyLabel="Loading" onClick={load}>
            Load older builds
          </Button>
        )}
      </div>
    </footer>
  );
}
