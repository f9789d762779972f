import { ArrowUpDown, Equal, type LucideIcon, Minus, Pencil, Plus } from 'lucide-react';
import { classNames } from '#app/_components/class-names.ts';
import type { DiffLine, StepChange } from '#lib/images/step-changes.ts';

/** What became of steps, with the instructions that differ. */
export function StepChangeList({ steps }: { readonly steps: readonly StepChange[] }) {
  return (
    <ol aria-label="Steps" className="overflow-hidden rounded-lg border border-line">
      {steps.map((step) => (
        <StepRow key={`${step.before}-${step.after}`} step={step} />
      ))}
    </ol>
  );
}

function StepRow({ step }: { readonly step: StepChange }) {
  const { word, icon: Icon, ink } = looks[step.way];
  return (
    <li className="grid grid-cols-[minmax(0,1fr)] gap-1.5 border-t border-line px-3 py-2 first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-2.5 gap-y-0.5">
        <span className={classNames('inline-flex items-center gap-1.5 text-small font-medium', ink)}>
          <Icon aria-hidden className="size-3.5" />
          {word}
        </span>
        <span className="text-small text-ink-3 tabular-nums">{placeOf(step)}</span>
        <code className="cut font-mono text-small" title={step.title}>
          {step.title}
        </code>
        {step.summary !== null && <span className="text-small wrap-anywhere text-ink-2">{step.summary}</span>}
      </div>
      {step.way !== 'same' && step.way !== 'moved' && step.lines.length > 0 && <Diff lines={step.lines} />}
    </li>
  );
}

function Diff({ lines }: { readonly lines: readonly DiffLine[] }) {
  return (
    <div className="overflow-hidden rounded-md bg-surface-sunken py-1.5 font-mono text-small leading-log inset-ring inset-ring-line">
      {lines.map(({ sign, text }, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place alone.
          key={index}
          className={classNames('grid grid-cols-[28px_minmax(0,1fr)]', grounds[sign])}
        >
          <span className="text-center select-none">
            <span aria-hidden>{sign}</span>
            <span className="sr-only">{signWords[sign]}</span>
          </span>
          <span className="pr-3 wrap-anywhere whitespace-pre-wrap">{text}</span>
        </div>
      ))}
    </div>
  );
}

const grounds = { '+': 'bg-ok-soft text-ok-fg', '-': 'bg-bad-soft text-bad-fg', ' ': 'text-ink-2' } as const;
const signWords = { '+': 'Added: ', '-': 'Removed: ', ' ': '' } as const;

/** "step 2", "step 2, was 3" */
function placeOf({ before, after }: StepChange): string {
  if (after === null) return `was step ${(before ?? 0) + 1}`;
  return before === null || before === after ? `step ${after + 1}` : `step ${after + 1}, was ${before + 1}`;
}

const looks: Readonly<
  Record<StepChange['way'], { readonly word: string; readonly icon: LucideIcon; readonly ink: string }>
> = {
  same: { word: 'Same', icon: Equal, ink: 'text-ink-3' },
  changed: { word: 'Changed', icon: Pencil, ink: 'text-tide' },
  moved: { word: 'Moved', icon: ArrowUpDown, ink: 'text-tide' },
  added: { word: 'Added', icon: Plus, ink: 'text-ok-fg' },
  removed: { word: 'Removed', icon: Minus, ink: 'text-bad-fg' },
};
