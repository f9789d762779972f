'use client';

import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { classNames } from '#app/_components/class-names.ts';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { useNow } from '#app/_components/use-now.ts';
import { useStored } from '#app/_components/use-stored.ts';
import { formatCountOf } from '#lib/builds/format.ts';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildView } from '#lib/builds/types.ts';
import { holdsLine } from './line-range.ts';
import { LogBar } from './log-bar.tsx';
import { LogFoot } from './log-foot.tsx';
import { LogHead } from './log-head.tsx';
import { LogLine } from './log-line.tsx';
import { type LogRows, type LogSection, sectionOfLine } from './log-rows.ts';
import { layerProgress } from './stages.ts';
import { useFollow } from './use-follow.ts';
import { useFullScreen } from './use-full-screen.ts';
import { useLineSelection } from './use-line-selection.ts';
import type { LogLines } from './use-log-lines.ts';
import { useLogRows } from './use-log-rows.ts';
import { useLogSearch } from './use-log-search.ts';
import { useNewLines } from './use-new-lines.ts';

export interface LogViewerProps {
  readonly number: number;
  readonly view: BuildView;
  readonly lines: LogLines;
  /** The line at which a failed build is opened; null where there is none. */
  readonly errorLine: number | null;
  readonly onDownload: () => void;
}

/** The log of a build: a head for each stage, and its lines under it, of which only those in view are drawn. */
export function LogViewer(props: LogViewerProps) {
  const { number, view, lines, errorLine } = props;
  const headingId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const isLive = !isFinal(view.state);
  const nowMs = useNow(1000);
  const timeZone = nowMs === null ? 'UTC' : undefined;
  const [wrap, setWrap] = useStored('slipway.log.wrap');
  const isWrapped = wrap !== 'off';
  const [isFullScreen, setFullScreen] = useFullScreen();

  const { sections, rows, toggle, unfold } = useLogRows(view);
  const virtualizer = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: useCallback((index: number) => (rows.isHead(index) ? headPx : linePx), [rows]),
    getItemKey: useCallback((index: number) => rows.keyAt(index), [rows]),
    overscan: overscanRows,
    paddingStart: 6,
    paddingEnd: 10,
    // A line that is gone to stands a third from the top.
    scrollPaddingStart: Math.round((scroller.current?.clientHeight ?? 0) / 3),
    initialRect: firstRect,
  });
  const items = virtualizer.getVirtualItems();
  const heightPx = virtualizer.getTotalSize();

  /** Brings a line a third from the top, unfolding what holds it. */
  const showLine = useCallback(
    (line: number) => {
      const section = sectionOfLine(sections, line);
      if (section === null) return;
      unfold(section);
      setAim(line);
    },
    [sections, unfold],
  );
  const [aim, setAim] = useState<number | null>(null);
  useLayoutEffect(() => {
    const index = aim === null ? null : rows.indexOfLine(aim);
    if (index === null) return;
    // Aims again as rows on the way turn out to be taller than they were taken for.
    virtualizer.scrollToIndex(index, { align: 'start' });
    setAim(null);
  }, [aim, rows, virtualizer]);

  const follow = useFollow({ scroller, isLive });
  const { setFollowing } = follow;
  const selection = useLineSelection((range) => {
    setFollowing(false);
    showLine(range.from);
    scroller.current?.scrollIntoView({ block: 'nearest' });
  });

  const lineInView = useCallback(() => {
    const top = scroller.current?.scrollTop ?? 0;
    const index = virtualizer.getVirtualItemForOffset(top)?.index ?? 0;
    for (let at = index; at < rows.count; at += 1) {
      const row = rows.at(at);
      if (row?.kind === 'line') return row.line;
    }
    return 1;
  }, [rows, virtualizer]);
  const search = useLogSearch({ number, logLines: view.logLines, lineInView });
  const { current } = search;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the reader is taken to a match once, when they come to it.
  useEffect(() => {
    if (current === null) return;
    setFollowing(false);
    showLine(current);
  }, [current]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a build that had failed is opened at its error, once.
  useEffect(() => {
    if (errorLine !== null && window.location.hash === '') showLine(errorLine);
  }, [errorLine]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the end moves with the size of what it is seen through, too.
  useLayoutEffect(() => {
    if (follow.isFollowing && scroller.current !== null) scroller.current.scrollTop = heightPx;
  }, [follow.isFollowing, heightPx, isFullScreen]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured anew.
  useLayoutEffect(() => virtualizer.measure(), [isWrapped]);

  useEffect(() => {
    const range = linesInView(rows, items[0]?.index ?? 0, items.at(-1)?.index ?? -1);
    if (range !== null) lines.want(range, view.logLines);
  });

  const newLines = useNewLines({ logLines: view.logLines, isCounting: isLive && !follow.isFollowing });
  useShortcut('f', () => setFollowing(!follow.isFollowing), { isEnabled: isLive });

  const { doneBytes, totalBytes } = layerProgress(view);
  const share = totalBytes === 0 ? 0 : doneBytes / totalBytes;
  const offsetPx = virtualizer.scrollOffset ?? 0;
  const headAbove = sectionAbove(rows, virtualizer.getVirtualItemForOffset(offsetPx)?.index ?? 0, offsetPx);

  return (
    <section
      aria-labelledby={headingId}
      className={classNames(
        'flex min-w-0 flex-col overflow-clip bg-surface-sunken',
        isFullScreen
          ? 'fixed inset-0 z-20'
          : 'rounded-lg inset-ring inset-ring-line max-md:-mx-4 max-md:rounded-none',
      )}
    >
      <LogBar
        headingId={headingId}
        search={search}
        follow={isLive ? { isOn: follow.isFollowing, onChange: setFollowing } : undefined}
        isWrapped={isWrapped}
        onWrap={(next) => setWrap(next ? null : 'off')}
        isFullScreen={isFullScreen}
        onFullScreen={setFullScreen}
        onDownload={props.onDownload}
      />
      <div className="relative flex min-h-0 flex-1 flex-col">
        <div
          ref={scroller}
          role="log"
          aria-live="off"
          aria-label="Build log"
          style={{ '--w-line-number': numberWidth(view.logLines) } as CSSProperties}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
          tabIndex={0}
          className={classNames(
            'min-h-28 overflow-auto overscroll-contain font-mono text-small leading-log tracking-none text-ink-2 -outline-offset-2',
            isFullScreen ? 'flex-1' : 'max-h-[min(72dvh,760px)]',
          )}
        >
          {headAbove !== null && (
            <div className="sticky top-0 left-0 z-1 h-0">
              <LogHead section={headAbove} isOpen onToggle={toggle} share={share} nowMs={nowMs} isCopy />
            </div>
          )}
          <div className="relative min-w-full" style={{ height: `${heightPx}px` }}>
            <div
              className={classNames('absolute top-0 left-0 min-w-full', isWrapped ? 'w-full' : 'w-max')}
              style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}
            >
              {items.map((item) => {
                const row = rows.at(item.index);
                return (
                  <div key={item.key} data-index={item.index} ref={virtualizer.measureElement}>
                    {row?.kind === 'head' && (
                      <LogHead
                        section={row.section}
                        isOpen={row.isOpen}
                        onToggle={toggle}
                        share={share}
                        nowMs={nowMs}
                      />
                    )}
                    {row?.kind === 'line' && (
                      <LogLine
                        number={row.line}
                        line={lines.get(row.line)}
                        isSelected={holdsLine(selection.range, row.line)}
                        query={search.query}
                        isCurrentMatch={row.line === search.current}
                        isWrapped={isWrapped}
                        timeZone={timeZone}
                        onSelect={selection.select}
                      />
                    )}
                  </div>
                );
              })}
            </div>
          </div>
        </div>
        {newLines > 0 && (
          <div className="absolute inset-x-0 bottom-3 flex justify-center">
            <Button size="sm" className="shadow-pop" onClick={() => setFollowing(true)}>
              {formatCountOf(newLines, 'new line')}
            </Button>
          </div>
        )}
      </div>
      <LogFoot
        view={view}
        lastLineAt={lines.get(view.logLines)?.at ?? null}
        isFollowing={follow.isFollowing}
        isFailing={lines.isFailing}
        nowMs={nowMs}
        timeZone={timeZone}
      />
    </section>
  );
}

/** Wide enough for the longest number, which moves nothing before it has five digits. */
function numberWidth(logLines: number): string {
  return `max(52px, calc(${String(logLines).length}ch + 22px))`;
}

const headPx = 28;
const linePx = 20;
/** Rows that are drawn beyond each edge, so that a flick of the wheel meets no blanks. */
const overscanRows = 80;
/** The server draws as if the log were this large. */
const firstRect = { width: 900, height: 600 };

/** The head of the lines at the top of the view, once it has left the view itself. */
function sectionAbove(rows: LogRows, topIndex: number, offsetPx: number): LogSection | null {
  const row = offsetPx > 0 ? rows.at(topIndex) : null;
  return row?.kind === 'line' ? row.section : null;
}

function linesInView(rows: LogRows, firstIndex: number, lastIndex: number) {
  let from: number | null = null;
  let to: number | null = null;
  for (let index = firstIndex; index <= lastIndex; index += 1) {
    const row = rows.at(index);
    if (row?.kind !== 'line') continue;
    from ??= row.line;
    to = row.line;
  }
  return from === null || to === null ? null : { from, to };
}
