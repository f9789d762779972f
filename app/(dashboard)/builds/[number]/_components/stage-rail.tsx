import { Check, CircleDashed, type LucideIcon, Minus, X } from 'lucide-react';
import { classNames } from '#app/_components/class-names.ts';
import { ProgressRing } from '#app/_components/progress-ring.tsx';
import { formatDuration } from '#lib/builds/format.ts';
import type { StageView } from '#lib/builds/types.ts';
import { stageLabels } from '../../_components/stage-labels.ts';
import { stageDurationMs, stageStateWords } from './stages.ts';

export interface StageRailProps {
  readonly stages: readonly StageView[];
  /** Of the stage that is under way: the share done, 0 to 1. */
  readonly share: number;
  readonly nowMs: number | null;
}

/** The stages of a build as bars that lean into each other. */
export function StageRail(props: StageRailProps) {
  return (
    <ol
      aria-label="Stages"
      className="grid gap-1 px-6 pt-5 max-md:px-4 max-md:pt-[18px]"
      style={{ gridTemplateColumns: `repeat(${props.stages.length}, minmax(0, 1fr))` }}
    >
      {props.stages.map((stage, index) => (
        <Stage
          key={stage.name}
          stage={stage}
          share={props.share}
          nowMs={props.nowMs}
          place={index === 0 ? 'first' : index === props.stages.length - 1 ? 'last' : 'between'}
        />
      ))}
    </ol>
  );
}

function Stage(props: {
  readonly stage: StageView;
  readonly share: number;
  readonly nowMs: number | null;
  readonly place: 'first' | 'between' | 'last';
}) {
  const { stage, place } = props;
  const { bar, ink, icon: Icon, iconInk } = looks[stage.state];
  const isAtIt = stage.state === 'running' || stage.state === 'failed';
  const durationMs = stageDurationMs(stage, props.nowMs);
  return (
    <li aria-current={stage.state === 'running' ? 'step' : undefined} className="min-w-0">
      <span aria-hidden className={classNames('block h-[5px] bg-plate-berth', edges[place])}>
        <span
          className={classNames(
            'block h-full',
            bar,
            stage.state === 'running' && 'transition-[width] duration-meter ease-linear rake-5',
          )}
          style={{ width: widthOf(stage, props.share) }}
        />
      </span>
      {/* On a small screen only the stage that matters keeps its name in sight. */}
      <span
        className={classNames(
          'mt-2 flex items-center gap-1.5',
          ink,
          isAtIt ? 'max-md:whitespace-nowrap' : 'max-md:sr-only',
          place === 'last' && 'max-md:justify-end',
        )}
      >
        {Icon === null ? (
          <ProgressRing share={props.share} className="size-3.5 flex-none -rotate-90" />
        ) : (
          <Icon aria-hidden className={classNames('size-3.5', iconInk)} />
        )}
        <span className={classNames('cut font-medium', isAtIt && 'max-md:flex-none')}>
          {stageLabels[stage.name]}
        </span>
        <span className="sr-only">{stageStateWords[stage.state]}</span>
        {durationMs !== null && (
          <span
            className={classNames(
              'ml-0.5 text-small whitespace-nowrap tabular-nums',
              !isAtIt && 'text-ink-3 max-lg:hidden',
            )}
          >
            {formatDuration(durationMs)}
          </span>
        )}
      </span>
    </li>
  );
}

const edges = { first: 'rake-5', between: 'rake-both-5', last: 'rake-start-5' };

function widthOf(stage: StageView, share: number): string {
  if (stage.state === 'running') return `${(Math.max(0.04, share) * 100).toFixed(1)}%`;
  return stage.state === 'done' || stage.state === 'failed' ? '100%' : '0';
}

interface Look {
  readonly bar: string;
  readonly ink: string;
  /** null: a ring that shows the share done. */
  readonly icon: LucideIcon | null;
  readonly iconInk: string;
}

const quiet = { bar: '', ink: 'text-ink-3', iconInk: '' };
const looks: Readonly<Record<StageView['state'], Look>> = {
  waiting: { ...quiet, icon: CircleDashed },
  not_reached: { ...quiet, icon: Minus },
  skipped: { ...quiet, icon: Minus },
  running: { bar: 'bg-tide-solid', ink: 'text-tide', icon: null, iconInk: '' },
  done: { bar: 'bg-plate-set', ink: 'text-ink-2', icon: Check, iconInk: 'text-ok-fg' },
  failed: { bar: 'bg-bad-solid', ink: 'text-bad-fg', icon: X, iconInk: 'text-bad-fg' },
};
