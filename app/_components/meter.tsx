import { classNames } from './class-names.ts';

export interface MeterProps {
  /** The accessible name: "Build 1413 pull". Without one the bar is decoration beside words that say the same. */
  readonly label?: string | undefined;
  /** Share done, 0 to 1. */
  readonly share: number;
  /** "565.1 of 911.5 MB" */
  readonly valueText?: string | undefined;
  readonly className?: string | undefined;
}

/** A thin bar whose head leans: the share done of something under way. */
export function Meter(props: MeterProps) {
  const percent = Math.min(1, Math.max(0, props.share)) * 100;
  const bar = (
    <span
      className="block h-full bg-tide-solid transition-[width] duration-meter ease-linear rake-4"
      style={{ width: `${percent.toFixed(1)}%` }}
    />
  );
  const className = classNames('block h-1 overflow-hidden rounded-[1px] bg-plate-berth', props.className);
  if (props.label === undefined) {
    return (
      <span aria-hidden className={className}>
        {bar}
      </span>
    );
  }
  return (
    <span
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(percent)}
      aria-valuetext={props.valueText}
      className={className}
    >
      {bar}
    </span>
  );
}
