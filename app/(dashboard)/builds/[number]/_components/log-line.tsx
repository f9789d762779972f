'use client';

import { type MouseEvent, memo } from 'react';
import { classNames } from '#app/_components/class-names.ts';
import { formatExactTime, formatLogTime } from '#lib/builds/format.ts';
import type { LogLine as Line } from '#lib/builds/types.ts';
import { type AnsiColour, parseAnsi } from './ansi.ts';
import { type MarkedRun, markRuns } from './log-search.ts';

export interface LogLineProps {
  readonly number: number;
  /** Absent while it is on its way from the server. */
  readonly line: Line | undefined;
  readonly isSelected: boolean;
  /** What is searched for; the empty string for nothing. */
  readonly query: string;
  /** Whether the reader stands at this line in their search. */
  readonly isCurrentMatch: boolean;
  readonly isWrapped: boolean;
  readonly timeZone: string | undefined;
  readonly onSelect: (line: number, isRange: boolean) => void;
}

/** One line of the log: its number, which selects it, its time and its text. */
export const LogLine = memo(function LogLine(props: LogLineProps) {
  const { number, line, isSelected, timeZone, isWrapped } = props;
  const isError = line?.level === 'error';

  function select(event: MouseEvent) {
    event.preventDefault();
    props.onSelect(number, event.shiftKey);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: a finger selects by the whole line; keyboards have its number.
    <div
      id={`L${number}`}
      onClick={(event) => isCoarse() && select(event)}
      className={classNames(
        'grid min-h-5 grid-cols-[var(--w-line-number)_88px_minmax(0,1fr)] pr-4 max-md:grid-cols-[var(--w-line-number)_minmax(0,1fr)] max-md:pr-2.5',
        isSelected
          ? 'bg-tide-soft shadow-[inset_2px_0_0_var(--tide-solid)]'
          : isError
            ? 'bg-bad-soft shadow-[inset_2px_0_0_var(--bad-solid)]'
            : 'hover:bg-fill-hover',
      )}
    >
      <a
        href={`#L${number}`}
        aria-label={`Line ${number}`}
        onClick={(event) => {
          event.stopPropagation();
          select(event);
        }}
        className={classNames(
          'pr-3.5 text-right tabular-nums -outline-offset-2 select-none hover:text-tide hover:underline max-md:pr-2.5',
          isSelected ? 'text-tide' : 'text-ink-3',
        )}
      >
        {number}
      </a>
      <span className="text-ink-3 tabular-nums select-none max-md:hidden">
        {line !== undefined && (
          <time dateTime={line.at} title={formatExactTime(line.at, timeZone)}>
            {formatLogTime(line.at, timeZone)}
          </time>
        )}
      </span>
      <code
        className={classNames(
          'font-mono',
          isWrapped ? 'wrap-anywhere whitespace-pre-wrap' : 'whitespace-pre',
        )}
      >
        {line !== undefined &&
          markRuns(parseAnsi(line.text), props.query).map((run, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the runs of a line never change their order.
            <Run key={index} run={run} isCurrent={props.isCurrentMatch} />
          ))}
      </code>
    </div>
  );
});

function Run(props: { readonly run: MarkedRun; readonly isCurrent: boolean }) {
  const { text, colour, isBold, isDim, isUnderlined, isMatch } = props.run;
  const className = classNames(
    (colour ?? (isDim && 'dim')) && colours[colour ?? 'dim'],
    isBold && 'font-semibold',
    isUnderlined && 'underline',
  );
  if (isMatch) {
    return (
      <mark
        className={classNames(
          'rounded-[2px]',
          props.isCurrent ? 'bg-log-mark-on text-ink' : 'bg-log-mark text-current',
          className,
        )}
      >
        {text}
      </mark>
    );
  }
  return className === '' ? text : <span className={className}>{text}</span>;
}

const colours: Readonly<Record<AnsiColour, string>> = {
  black: 'text-ansi-black',
  red: 'text-ansi-red',
  green: 'text-ansi-green',
  yellow: 'text-ansi-yellow',
  blue: 'text-ansi-blue',
  magenta: 'text-ansi-magenta',
  cyan: 'text-ansi-cyan',
  white: 'text-ansi-white',
  dim: 'text-ansi-dim',
};

function isCoarse(): boolean {
  return window.matchMedia('(pointer: coarse)').matches;
}
