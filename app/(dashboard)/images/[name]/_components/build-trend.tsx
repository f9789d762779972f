'use client';

import { useRouter } from 'next/navigation';
import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { Age } from '#app/_components/time.tsx';
import { formatBytes, formatCountOf, formatDuration } from '#lib/builds/format.ts';
import type { ImageTrend, TrendBuild } from '#lib/images/types.ts';
import { StepHitsList } from './step-hits-list.tsx';
import { TrendChart } from './trend-chart.tsx';
import { durationBars, largestBytes, longestMs, median, sizeBars, slotAt } from './trend-geometry.ts';
import { TrendLegend } from './trend-legend.tsx';
import { TrendTable } from './trend-table.tsx';
import { buildText } from './trend-words.ts';

/** How long the builds of an image took and how large it became, oldest first; and what the cache spared. */
export function BuildTrend({ trend }: { readonly trend: ImageTrend }) {
  const { builds } = trend;
  if (builds.length === 0) return null;
  return (
    <section aria-labelledby="trend-heading" className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <header className="flex flex-wrap items-baseline gap-x-3">
        <h2 id="trend-heading" className="font-semibold">
          Trend
        </h2>
        <p className="text-small text-ink-3">{formatCountOf(builds.length, 'build')}, oldest first</p>
      </header>
      <Charts builds={builds} />
      <details>
        <summary className="w-max text-small text-ink-3 touch:min-h-touch">As a table</summary>
        <TrendTable builds={builds} />
      </details>
      <StepHitsList steps={trend.steps} />
    </section>
  );
}

function Charts({ builds }: { readonly builds: readonly TrendBuild[] }) {
  const router = useRouter();
  const last = builds.length - 1;
  // The number of the build that one looks at; null for the last, whichever that is by now.
  const [pointedAt, setPointedAt] = useState<number | null>(null);
  const found = builds.findIndex(({ number }) => number === pointedAt);
  const at = found === -1 ? last : found;
  const chosen = builds[at];
  const finished = builds.filter(({ state }) => state === 'succeeded');
  const durations = finished.flatMap(({ tookMs }) => tookMs ?? []);
  const sizes = finished.flatMap(({ sizeBytes }) => sizeBytes ?? []);

  function choose(to: number) {
    setPointedAt(to === last ? null : (builds[to]?.number ?? null));
  }

  function point(event: PointerEvent<HTMLElement>) {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const slot = slotAt(builds.length, { ...timeFrame }, ((event.clientX - left) / width) * timeFrame.width);
    if (slot !== null) choose(slot);
  }

  /** A finger that is lifted leaves too, and is done choosing. */
  function leave({ pointerType }: PointerEvent) {
    if (pointerType !== 'touch') setPointedAt(null);
  }

  function onKeyDown(event: KeyboardEvent) {
    const to = keys[event.key]?.(at, last);
    if (event.key === 'Enter' && chosen !== undefined) router.push(`/builds/${chosen.number}`);
    if (to === undefined) return;
    event.preventDefault();
    choose(Math.max(0, Math.min(last, to)));
  }

  if (chosen === undefined) return null;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2.5">
      <div
        role="slider"
        tabIndex={0}
        aria-label="Builds"
        aria-valuemin={1}
        aria-valuemax={builds.length}
        aria-valuenow={at + 1}
        aria-valuetext={buildText(chosen)}
        onKeyDown={onKeyDown}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={leave}
        className="grid grid-cols-[minmax(0,1fr)] gap-3 border-l-2 border-line-control pl-1.5"
      >
        <Figure title="Duration" of={durations} format={formatDuration} top={longestMs(builds)}>
          <TrendChart
            builds={builds}
            bars={durationBars(builds, timeFrame)}
            frame={timeFrame}
            chosen={at}
            hasMarks
          />
        </Figure>
        <Figure title="Size" of={sizes} format={formatBytes} top={largestBytes(builds)}>
          <TrendChart
            builds={builds}
            bars={sizeBars(builds, sizeFrame)}
            frame={sizeFrame}
            chosen={at}
            hasMarks={false}
          />
        </Figure>
      </div>
      <p className="text-small text-ink-2 tabular-nums">
        {buildText(chosen)}, <Age at={chosen.createdAt} />
      </p>
      <TrendLegend builds={builds} />
    </div>
  );
}

/** One chart under its figures. `top` is what its scale ends with. */
function Figure(props: {
  readonly title: string;
  readonly of: readonly number[];
  readonly format: (amount: number) => string;
  readonly top: number;
  readonly children: React.ReactNode;
}) {
  const middle = median(props.of);
  const newest = props.of.at(-1);
  return (
    <div>
      <p className="mb-1 flex flex-wrap items-baseline gap-x-3 text-small">
        <span className="font-medium">{props.title}</span>
        <span className="text-ink-3 tabular-nums">
          {middle === null || newest === undefined
            ? 'No build has succeeded yet'
            : `median ${props.format(middle)}, last ${props.format(newest)}`}
        </span>
        {props.top > 0 && (
          <span className="ml-auto text-ink-3 tabular-nums">up to {props.format(props.top)}</span>
        )}
      </p>
      {props.children}
    </div>
  );
}

const timeFrame = { width: 720, height: 72 };
const sizeFrame = { width: 720, height: 36 };

const keys: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowLeft: (at) => at - 1,
  ArrowDown: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  ArrowUp: (at) => at + 1,
  Home: () => 0,
  End: (_, last) => last,
};
