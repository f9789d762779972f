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
      title={titleOf(filter)}
      text={
        text === ''
          ? 'A build appears here by itself when it fits.'
          : 'A search looks at references, names of images, the beginning of digests, and #numbers.'
      }
      actions={
        <>
          {text !== '' && status !== 'all' && (
            <Button onClick={() => onGo({ status: 'all' })}>Search all builds</Button>
          )}
          <Button onClick={() => onGo({ status: 'all', text: '', image: null })}>Clear filters</Button>
        </>
      }
    />
  );
}

function titleOf({ status, text, image }: HistoryFilter): string {
  const ofImage = image === null ? '' : ` of ${image}`;
  if (text === '') return `No build${ofImage}${predicates[status]}`;
  return `No ${status === 'all' ? '' : `${status} `}builds${ofImage} match “${text}”`;
}

const predicates = {
  all: ' is here',
  running: ' is running',
  failed: ' has failed',
  queued: ' is waiting',
  succeeded: ' has succeeded',
  cancelled: ' was cancelled',
} as const;
