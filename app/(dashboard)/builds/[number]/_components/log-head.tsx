'use client';

import {
  Check,
  ChevronRight,
  CircleCheck,
  CircleDashed,
  CircleX,
  History,
  type LucideIcon,
  Minus,
} from 'lucide-react';
import { classNames } from '#app/_components/class-names.ts';
import { ProgressRing } from '#app/_components/progress-ring.tsx';
import { formatCountOf, formatDuration } from '#lib/builds/format.ts';
import { stageLabels } from '../../_components/stage-labels.ts';
import type { LogSection, SectionState } from './log-rows.ts';
import { stageDurationMs } from './stages.ts';

export interface LogHeadProps {
  readonly section: LogSection;
  readonly isOpen: boolean;
  readonly onToggle: (section: LogSection) => void;
  /** Of the stage that is under way: the share done, 0 to 1. */
  readonly share: number;
  readonly nowMs: number | null;
  /** The copy that stays in sight while its lines are read: for the pointer alone. */
  readonly isCopy?: boolean | undefined;
}

/** The head of a stage's lines, which folds them. */
export function LogHead(props: LogHeadProps) {
  const { section, isOpen, isCopy } = props;
  const isEmpty = section.lineCount === 0;
  const isQuiet =
    section.state === 'waiting' || section.state === 'not_reached' || section.state === 'skipped';
  const durationMs = section.state === null ? null : stageDurationMs(section, props.nowMs);
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      disabled={isEmpty}
      onClick={() => props.onToggle(section)}
      {...(isCopy && { 'aria-hidden': true, tabIndex: -1 })}
      className={classNames(
        'group flex min-h-7 w-full items-center gap-2 pr-4 pl-3 text-left font-sans text-base leading-none font-medium tracking-base -outline-offset-2 enabled:hover:wash disabled:cursor-default touch:min-h-touch',
        isQuiet ? 'text-ink-3' : 'text-ink',
        isCopy && 'bg-surface-sunken',
      )}
    >
      <ChevronRight
        aria-hidden
        className={classNames(
          'size-3.5 transition-transform duration-base group-aria-expanded:rotate-90',
          isEmpty ? 'text-ink-4' : 'text-ink-3',
        )}
      />
      <StateIcon state={section.state} share={props.share} />
      <span className={classNames('leading-[1.4]', section.title === null ? 'cut' : 'whitespace-nowrap')}>
        {nameOf(section)}
      </span>
      {section.title !== null && (
        <code className="cut font-mono text-small font-regular text-ink-2" title={section.title}>
          {section.title}
        </code>
      )}
      <span className="text-small font-regular whitespace-nowrap text-ink-3">{remarkOf(section)}</span>
      {durationMs !== null && (
        <span className="ml-auto text-small font-regular text-ink-3 tabular-nums">
          {formatDuration(durationMs)}
        </span>
      )}
    </button>
  );
}

function nameOf({ stage, step, attempt, state }: LogSection): string {
  const name = step === null ? stageLabels[stage] : `Step ${step + 1}`;
  return state === null ? `${name}, attempt ${attempt}` : name;
}

function remarkOf({ lineCount, state }: LogSection): string {
  if (lineCount > 0) return formatCountOf(lineCount, 'line');
  if (state === 'cached') return 'from the cache';
  if (state === 'not_reached') return 'not reached';
  return state === 'skipped' ? 'skipped' : '';
}

function StateIcon(props: { readonly state: SectionState | null; readonly share: number }) {
  if (props.state === 'running') return <ProgressRing share={props.share} />;
  const { icon: Icon, ink } = props.state === null ? earlier : icons[props.state];
  return <Icon aria-hidden className={classNames('size-3.5', ink)} />;
}

interface Look {
  readonly icon: LucideIcon;
  readonly ink: string;
}

const earlier: Look = { icon: History, ink: 'text-idle-fg' };
const icons: Readonly<Record<Exclude<SectionState, 'running'>, Look>> = {
  waiting: { icon: CircleDashed, ink: 'text-ink-3' },
  not_reached: { icon: Minus, ink: 'text-ink-3' },
  skipped: { icon: Minus, ink: 'text-ink-3' },
  cached: { icon: Check, ink: 'text-ok-fg' },
  done: { icon: CircleCheck, ink: 'text-ok-fg' },
  failed: { icon: CircleX, ink: 'text-bad-fg' },
};
