'use client';

import { Button } from '#app/_components/button.tsx';
import { EmptyState } from '#app/_components/empty-state.tsx';
import type { HistoryFilter } from './history-filter.ts';

/** Before the first build. */
export function FirstBuild(props: { readonly hasSecrets: boolean }) {
  return (
    <EmptyState
      title="Nothing on the slip yet"
      text={
        props.hasSecrets
          ? 'Start a build from an image reference. Layers and logs stream here as they arrive.'
          : 'Add a registry secret, then start a build. Layers and logs stream here as they arrive.'
      }
      actions={
        <>
          {!props.hasSecrets && <Button href="/secrets/new">Add a secret</Button>}
          <Button href="/builds/new">New build</Button>
        </>
      }
    />
  );
}

/** Where a filter lets nothing through. */
export function NoMatch(props: {
  readonly filter: HistoryFilter;
  readonly onGo: (change: Partial<HistoryFilter>) => void;
}) {
  const { filter, onGo } = props;
  const { status, text } = filter;
  return (
    <EmptyState
      title={
        text === '' ? noneOf[status] : `No ${status === 'all' ? '' : `${status} `}builds match “${text}”`
      }
      text={
        text === ''
          ? 'A build appears here by itself when it comes to this state.'
          : 'A search looks at references, names of images, the beginning of digests, and #numbers.'
      }
      actions={
        <>
          {text !== '' && status !== 'all' && (
            <Button onClick={() => onGo({ status: 'all' })}>Search all builds</Button>
          )}
          <Button onClick={() => onGo({ status: 'all', text: '' })}>Clear filters</Button>
        </>
      }
    />
  );
}

const noneOf = {
  all: 'No builds',
  running: 'No build is running',
  failed: 'No build has failed',
  queued: 'No build is waiting',
} as const;
