import { classNames } from '#app/_components/class-names.ts';
import type { TrendBuild } from '#lib/images/types.ts';
import type { BarPart, Frame, TrendBar } from './trend-geometry.ts';
import { markOf, type TrendMark } from './trend-words.ts';

/** Bars of one trend, as wide as there is room. It has no words: whoever shows it says what is in it. */
export function TrendChart(props: {
  readonly builds: readonly TrendBuild[];
  readonly bars: readonly TrendBar[];
  readonly frame: Frame;
  readonly chosen: number | null;
  /** Below the ground, what became of each build. */
  readonly hasMarks: boolean;
}) {
  const { builds, bars, frame, chosen } = props;
  const { width, height } = frame;
  const full = height + (props.hasMarks ? marksHeight : 0);
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${width} ${full + 1}`}
      preserveAspectRatio="none"
      className="block w-full"
      style={{ height: full + 1 }}
    >
      {bars.map((bar, at) => {
        const build = builds[at];
        if (build === undefined) return null;
        const mark = markOf(build);
        return (
          <g key={build.number}>
            {at === chosen && (
              <rect x={bar.x - 1} y={0} width={bar.width + 2} height={full} className="fill-fill-active" />
            )}
            {bar.parts.map((part) => (
              <rect
                key={part.name}
                x={bar.x}
                y={part.y}
                width={bar.width}
                height={part.height}
                className={classNames(fills[part.name], isFaint(mark) && 'opacity-42')}
              />
            ))}
            {props.hasMarks && <Mark mark={mark} x={bar.x} width={bar.width} y={height + 4} />}
          </g>
        );
      })}
      <path
        d={`M0 ${height + 0.5}H${width}`}
        className="stroke-line-control"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

const fills: Readonly<Record<BarPart['name'], string>> = {
  pull: 'fill-tide-solid',
  steps: 'fill-steps-fill',
  rest: 'fill-plate-reused',
  size: 'fill-plate-set',
};

/** Told apart by place too: what failed reaches furthest down, what came whole from the cache is a short line. */
function Mark(props: {
  readonly mark: TrendMark;
  readonly x: number;
  readonly width: number;
  readonly y: number;
}) {
  const { mark, x, width, y } = props;
  if (mark === null || mark === 'running') return null;
  return <rect x={x} y={y} width={width} height={markHeights[mark]} className={markFills[mark]} />;
}

export const markHeights = { failed: 8, cancelled: 5, cached: 2 } as const;
export const markFills = {
  failed: 'fill-bad-solid',
  cancelled: 'fill-idle-solid',
  cached: 'fill-ok-solid',
} as const;
const marksHeight = 13;

function isFaint(mark: TrendMark): boolean {
  return mark === 'failed' || mark === 'cancelled';
}
