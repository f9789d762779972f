'use client';

import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

interface SegmentedOption {
  readonly value: string;
  readonly label: string;
  /** Beside the label, hidden from screen readers so that names stay exact. */
  readonly count?: ReactNode;
}

export interface SegmentedProps {
  /** The accessible name of the group. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly SegmentedOption[];
  readonly className?: string | undefined;
}

/** One of a few views of the same thing, as toggle buttons on one track. */
export function Segmented(props: SegmentedProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of toggle buttons is no fieldset; it holds no form values.
    <div
      role="group"
      aria-label={props.label}
      className={classNames('inline-flex gap-px rounded-md bg-fill-hover p-0.5', props.className)}
    >
      {props.options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === props.value}
          onClick={() => props.onChange(option.value)}
          className="group flex h-6 flex-auto items-center justify-center gap-1.5 rounded-sm px-[9px] text-small font-medium whitespace-nowrap text-ink-2 hover:text-ink aria-pressed:bg-thumb aria-pressed:text-ink aria-pressed:shadow-control aria-pressed:ring aria-pressed:ring-line touch:h-touch touch:px-1.5 touch:text-base"
        >
          {option.label}
          {option.count !== undefined && (
            <span aria-hidden className="font-regular text-ink-3 tabular-nums group-aria-pressed:text-ink-2">
              {option.count}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
