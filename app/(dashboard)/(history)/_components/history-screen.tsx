'use client';

import { Plus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { classNames } from '#app/_components/class-names.ts';
import { PageHeader } from '#app/_components/page-header.tsx';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { formatCountOf } from '#lib/builds/format.ts';
import type { PullsLeftFacts } from '../../_components/pulls-left-facts.ts';
import { useFilterDraft } from '../../_components/use-filter-draft.ts';
import { useRowKeys } from '../../_components/use-row-keys.ts';
import { StreamNote } from '../../builds/_components/stream-note.tsx';
import { type HistoryFilter, historyHref } from './history-filter.ts';
import { HistoryFilters } from './history-filters.tsx';
import { HistoryFoot } from './history-foot.tsx';
import { HistoryTable } from './history-table.tsx';
import { LostBanner } from './lost-banner.tsx';
import type { HistoryRows } from './merge-rows.ts';
import { FirstBuild, NoMatch } from './nothing-here.tsx';
import { PullsStrip } from './pulls-strip.tsx';
import { type LiveHistory, useLiveHistory } from './use-live-history.ts';

export interface HistoryScreenProps {
  readonly page: Pick<HistoryRows, 'rows' | 'next' | 'counts'>;
  readonly filter: HistoryFilter;
  readonly pulls: readonly PullsLeftFacts[];
  readonly hasSecrets: boolean;
  readonly renderedAt: string;
}

/** The home: every build of the workspace, newest first, as they go on. */
export function HistoryScreen(props: HistoryScreenProps) {
  const { page, filter, renderedAt } = props;
  const history = useLiveHistory({ page, filter });
  const { rows, held, counts, next } = history;
  const [newAbove] = useState(page.counts.all);
  const router = useRouter();
  const filters = useFilterDraft({ filter, hrefOf: historyHref });
  const { isGoing, go } = filters;
  useShortcut('n', () => router.push('/builds/new'));
  useRowKeys();

  return (
    <>
      <PageHeader
        title="Builds"
        note={<LiveNote history={history} />}
        actions={
          <Button variant="primary" href="/builds/new" icon={<Plus />} shortcut="n">
            New build
          </Button>
        }
      />
      <PullsStrip pulls={props.pulls} />
      <HistoryFilters filters={filters} counts={counts} />
      <LostBanner lostAtMs={history.lostAtMs} />
      {held.length > 0 && (
        <div className="sticky top-3 z-2 flex h-0 justify-center">
          <Button size="sm" className="-mt-1 shadow-pop" onClick={history.release}>
            {formatCountOf(held.length, 'new build')}
          </Button>
        </div>
      )}
      <div
        className={classNames('transition-opacity', isGoing && 'opacity-60 delay-300')}
        aria-busy={isGoing}
      >
        {rows.length > 0 && (
          <HistoryTable rows={rows} hasOlder={next !== null} newAbove={newAbove} renderedAt={renderedAt} />
        )}
        {rows.length === 0 &&
          (counts.all === 0 ? (
            <FirstBuild hasSecrets={props.hasSecrets} />
          ) : (
            <NoMatch filter={filter} onGo={go} />
          ))}
      </div>
      {rows.length > 0 && (
        <HistoryFoot
          shown={rows.length}
          all={historyHref(filter) === '/' ? counts.all : null}
          hasOlder={next !== null}
          onLoad={history.loadOlder}
        />
      )}
    </>
  );
}

function LiveNote({ history }: { readonly history: LiveHistory }) {
  if (history.isLive) return <StreamNote tone="ok" text="Live" />;
  return history.lostAtMs === null ? null : <StreamNote tone="warn" text="Reconnecting" />;
}
