import { Check, CircleCheck, CircleDashed, CircleX, type LucideIcon, Minus } from 'lucide-react';
import Link from 'next/link';
import { classNames } from '#app/_components/class-names.ts';
import { ProgressRing } from '#app/_components/progress-ring.tsx';
import { type BuildBefore, type StepBefore, stepsBefore } from '#lib/builds/build-before.ts';
import { formatBytes, formatCount, formatDuration } from '#lib/builds/format.ts';
import type { BuildView, StepView } from '#lib/builds/types.ts';
import { stageDurationMs } from './stages.ts';

/** The steps of a build: how each stands, and why it was run or not. */
export function StepsList(props: {
  readonly view: BuildView;
  readonly nowMs: number | null;
  readonly before: BuildBefore | null;
}) {
  const { steps, comparedWith } = props.view;
  const earlier = stepsBefore(steps, props.before?.steps ?? []);
  const cached = steps.filter(({ state }) => state === 'cached').length;
  return (
    <section aria-labelledby="steps-heading">
      <header className="flex flex-wrap items-baseline gap-x-3 pb-2">
        <h2 id="steps-heading" className="font-semibold">
          Steps
        </h2>
        <p className="text-ink-2 tabular-nums">
          {formatCount(cached)} of {formatCount(steps.length)} from the cache
          {comparedWith !== null && (
            <span className="text-ink-3">
              , compared with{' '}
              <Link
                href={`/builds/${comparedWith}`}
                className="text-tide underline decoration-tide-line underline-offset-3 touch:inline-flex touch:h-touch touch:items-center"
              >
                #{comparedWith}
              </Link>
            </span>
          )}
        </p>
      </header>
      <ol aria-label="Steps" className="overflow-hidden rounded-lg border border-line">
        {steps.map((step) => (
          <Row
            key={step.index}
            step={step}
            nowMs={props.nowMs}
            before={earlier[step.index] ?? null}
            beforeNumber={props.before?.number ?? null}
          />
        ))}
      </ol>
    </section>
  );
}

function Row(props: {
  readonly step: StepView;
  readonly nowMs: number | null;
  readonly before: StepBefore | null;
  readonly beforeNumber: number | null;
}) {
  const { step, before } = props;
  const { icon: Icon, ink, word } = looks[step.state];
  const durationMs = stageDurationMs(step, props.nowMs);
  return (
    <li
      aria-current={step.state === 'running' ? 'step' : undefined}
      className="grid grid-cols-[22px_16px_minmax(0,1fr)_auto] items-center gap-x-2.5 border-t border-line px-3 py-2 first:border-t-0"
    >
      <span
        aria-hidden
        className={classNames(
          'grid h-[18px] w-[22px] place-items-center text-micro font-semibold tabular-nums rake-both-18',
          step.state === 'cached' ? 'bg-plate-reused text-ink' : 'bg-plate-set text-surface',
        )}
      >
        {step.index + 1}
      </span>
      {Icon === null ? (
        <ProgressRing share={0.25} className="size-3.5 -rotate-90" />
      ) : (
        <Icon aria-hidden className={classNames('size-3.5', ink)} />
      )}
      <code className="cut font-mono text-small" title={step.title}>
        {step.title}
      </code>
      <span className="text-small whitespace-nowrap text-ink-3 tabular-nums">
        {durationMs !== null && formatDuration(durationMs)}
      </span>
      <p className="col-start-3 col-end-5 text-small wrap-anywhere text-ink-2">
        <span className={classNames('font-medium', ink)}>{word}</span>
        {step.state !== 'cached' && <>: {step.why}</>}
        {step.addedBytes !== null && (
          <span className="text-ink-3 tabular-nums"> · {formatBytes(step.addedBytes)} added</span>
        )}
        {step.made !== null && (
          <span className="text-ink-3 tabular-nums">
            {' '}
            · {formatBytes(step.made.addedBytes)} and {formatDuration(step.made.tookMs)} when #
            {step.made.buildNumber} ran it
          </span>
        )}
        {step.state !== 'cached' && before !== null && costOf(before) !== '' && (
          <span className="text-ink-3 tabular-nums">
            {' '}
            · {costOf(before)} in #{props.beforeNumber}
          </span>
        )}
      </p>
    </li>
  );
}

function costOf({ addedBytes, tookMs }: StepBefore): string {
  const parts = [
    addedBytes === null ? null : formatBytes(addedBytes),
    tookMs === null ? null : formatDuration(tookMs),
  ];
  return parts.filter((part) => part !== null).join(' and ');
}

/** Icon null: a ring. */
const looks: Readonly<
  Record<StepView['state'], { readonly icon: LucideIcon | null; readonly ink: string; readonly word: string }>
> = {
  waiting: { icon: CircleDashed, ink: 'text-ink-3', word: 'Waiting' },
  cached: { icon: Check, ink: 'text-ok-fg', word: 'From the cache' },
  running: { icon: null, ink: 'text-tide', word: 'Running' },
  done: { icon: CircleCheck, ink: 'text-ok-fg', word: 'Run' },
  failed: { icon: CircleX, ink: 'text-bad-fg', word: 'Failed' },
  not_reached: { icon: Minus, ink: 'text-ink-3', word: 'Not reached' },
};
