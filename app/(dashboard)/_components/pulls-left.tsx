import { TriangleAlert } from 'lucide-react';
import { classNames } from '#app/_components/class-names.ts';
import { Age } from '#app/_components/time.tsx';
import { formatCount } from '#lib/builds/format.ts';
import {
  countText,
  isRunningLow,
  type PullsLeftFacts,
  pullsLabel,
  shareOf,
  windowText,
} from './pulls-left-facts.ts';

/** The pulls that a credential has left, in one line: as draught marks, and where they run low in words. */
export function PullsLeft({ pulls }: { pulls: PullsLeftFacts }) {
  const isLow = isRunningLow(pulls);
  return (
    <span
      title={pullsLabel(pulls)}
      className={classNames(
        'inline-flex items-center gap-2 whitespace-nowrap tabular-nums',
        isLow ? 'text-warn-fg' : 'text-ink-2',
      )}
    >
      {isLow && <TriangleAlert className="size-3.5" aria-hidden />}
      {isLow && 'Running low'}
      <span role="img" aria-label={pullsLabel(pulls)} className="inline-flex items-center gap-2">
        {countText(pulls)}
        {!isLow && <Draught share={shareOf(pulls)} marks={11} className="h-3.5 w-[52px]" />}
      </span>
    </span>
  );
}

/** One credential's pulls as a figure at the head of a page: who asked, over how long, when it was seen. */
export function PullsLeftFigure({ pulls }: { pulls: PullsLeftFacts }) {
  const isLow = isRunningLow(pulls);
  const spread = windowText(pulls);
  return (
    <div className="grid min-w-0 grid-cols-[auto_minmax(0,1fr)] items-end gap-x-4 gap-y-1">
      <h2 className="col-span-2 flex gap-1.5 text-small text-ink-3">
        <span className="whitespace-nowrap">{pulls.registryName} pulls left</span>
        <span className="cut ml-auto" title={pulls.secretName ?? undefined}>
          {pulls.secretName === null ? 'without a secret' : `with ${pulls.secretName}`}
        </span>
      </h2>
      <p
        className={classNames(
          'flex items-center gap-1.5 text-[1.375rem] leading-[1.2] font-semibold tracking-title whitespace-nowrap tabular-nums',
          isLow && 'text-warn-fg',
        )}
      >
        {isLow && <TriangleAlert className="size-4" aria-hidden />}
        <span aria-hidden>
          {formatCount(pulls.remaining)}{' '}
          <small className="text-base font-regular tracking-none text-ink-3">
            of {formatCount(pulls.limit)}
          </small>
        </span>
      </p>
      <span role="img" aria-label={pullsLabel(pulls)}>
        <Draught share={shareOf(pulls)} marks={41} isLow={isLow} className="h-[30px] w-full" />
      </span>
      <p className="col-span-2 text-small text-ink-3">
        {isLow && 'Running low. '}
        Seen <Age at={pulls.seenAt} />
        {spread !== undefined && `, counted over ${spread}`}
      </p>
    </div>
  );
}

/** Draught marks, as on a bow: those that are left are dark, and the pointer stands where they end. */
function Draught(props: {
  readonly share: number;
  readonly marks: number;
  readonly isLow?: boolean;
  readonly className: string;
}) {
  const { share, marks, isLow } = props;
  const left = Math.ceil(share * (marks - 1));
  const placeOf = (mark: number) => `${(0.5 + (mark * 98.5) / (marks - 1)).toFixed(2)}%`;
  const quarter = (marks - 1) / 4;
  return (
    <svg aria-hidden="true" className={props.className}>
      {Array.from({ length: marks }, (_, mark) => (
        <line
          // biome-ignore lint/suspicious/noArrayIndexKey: a mark is known by its place alone.
          key={mark}
          x1={placeOf(mark)}
          x2={placeOf(mark)}
          y1={mark % quarter === 0 ? '20%' : '43%'}
          y2="73%"
          strokeWidth="2"
          className={mark < left ? (isLow ? 'stroke-warn-solid' : 'stroke-ink-2') : 'stroke-line-control'}
        />
      ))}
      <svg x={placeOf(share * (marks - 1))} y="0" overflow="visible" aria-hidden="true">
        <path d="M-3.5 0h7L0 5z" className="fill-primer" />
      </svg>
    </svg>
  );
}
