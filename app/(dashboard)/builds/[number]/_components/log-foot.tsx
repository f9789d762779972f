import { classNames } from '#app/_components/class-names.ts';
import { formatAge, formatClock, formatCountOf } from '#lib/builds/format.ts';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildView } from '#lib/builds/types.ts';
import styles from './log-foot.module.css';

export interface LogFootProps {
  readonly view: BuildView;
  readonly lastLineAt: string | null;
  readonly isFollowing: boolean;
  readonly isFailing: boolean;
  readonly nowMs: number | null;
  readonly timeZone: string | undefined;
}

/** Where the log stands: how long it is, whether it grows, whether the reader keeps to its end. */
export function LogFoot(props: LogFootProps) {
  const { view, isFollowing } = props;
  const isLive = !isFinal(view.state);
  return (
    <footer className="flex flex-none items-center gap-[9px] border-t border-line px-4 py-2 text-small text-ink-3">
      {isLive && (
        <span
          aria-hidden
          className={classNames(
            'h-[13px] w-[7px]',
            isFollowing ? `bg-tide-solid ${styles.caret}` : 'bg-idle-solid',
          )}
        />
      )}
      <span className="tabular-nums">{isLive ? liveText(props) : endedText(props)}</span>
      <span className="ml-auto max-md:hidden">{asideOf(props, isLive)}</span>
    </footer>
  );
}

function liveText({ view, lastLineAt, isFollowing, nowMs }: LogFootProps): string {
  const count = formatCountOf(view.logLines, 'line');
  const last =
    lastLineAt === null || nowMs === null ? '' : `, last one ${formatAge(lastLineAt, new Date(nowMs))}`;
  return `${isFollowing ? 'Following. ' : ''}${count}${last}`;
}

function endedText({ view, timeZone }: LogFootProps): string {
  const count = formatCountOf(view.logLines, 'line');
  return view.endedAt === null ? count : `Ended ${formatClock(view.endedAt, timeZone)}. ${count}`;
}

function asideOf({ isFailing, isFollowing }: LogFootProps, isLive: boolean): string {
  if (isFailing) return 'Lines did not load. Trying again';
  return isLive && isFollowing ? 'Scroll up to stop following' : '';
}
