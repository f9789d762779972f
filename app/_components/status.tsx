import {
  Check,
  CircleCheck,
  CircleDashed,
  CircleSlash,
  CircleX,
  Clock,
  type LucideIcon,
  Minus,
  ShieldCheck,
  TriangleAlert,
} from 'lucide-react';
import { classNames } from './class-names.ts';
import { ProgressRing } from './progress-ring.tsx';

export type StatusState = keyof typeof states;

export interface StatusProps {
  readonly state: StatusState;
  /** Of something running: the real share done, 0 to 1. */
  readonly share?: number | undefined;
  /** Another word for the same state, such as "64%". */
  readonly label?: string | undefined;
  readonly isPill?: boolean | undefined;
}

/** A state as icon and word, always together. */
export function Status(props: StatusProps) {
  const { word, tone, icon: Icon } = states[props.state];
  return (
    <span
      className={classNames(
        'inline-flex items-center gap-[7px] align-middle font-medium whitespace-nowrap',
        texts[tone],
        props.isPill && `h-6 rounded-sm pr-[9px] pl-[7px] text-small inset-ring ${pills[tone]}`,
      )}
    >
      {Icon === null ? <ProgressRing share={props.share ?? 0} /> : <Icon aria-hidden />}
      {props.label ?? word}
    </span>
  );
}

type Tone = 'idle' | 'run' | 'ok' | 'bad' | 'warn';

interface Look {
  readonly word: string;
  readonly tone: Tone;
  /** null: a ring that shows the share done. */
  readonly icon: LucideIcon | null;
}

const states = {
  queued: { word: 'Queued', tone: 'idle', icon: Clock },
  waiting: { word: 'Waiting', tone: 'idle', icon: CircleDashed },
  running: { word: 'Running', tone: 'run', icon: null },
  fetching: { word: 'Fetching', tone: 'run', icon: null },
  verifying: { word: 'Verifying', tone: 'run', icon: ShieldCheck },
  checking: { word: 'Checking', tone: 'idle', icon: CircleDashed },
  succeeded: { word: 'Succeeded', tone: 'ok', icon: CircleCheck },
  healthy: { word: 'Healthy', tone: 'ok', icon: CircleCheck },
  passed: { word: 'Passed', tone: 'ok', icon: Check },
  accepted: { word: 'Accepted', tone: 'ok', icon: Check },
  verified: { word: 'Verified', tone: 'ok', icon: Check },
  reused: { word: 'Reused', tone: 'ok', icon: Check },
  failed: { word: 'Failed', tone: 'bad', icon: CircleX },
  refused: { word: 'Refused', tone: 'bad', icon: CircleX },
  missing: { word: 'Missing', tone: 'bad', icon: CircleX },
  mismatch: { word: 'Mismatch', tone: 'bad', icon: CircleX },
  cancelled: { word: 'Cancelled', tone: 'idle', icon: CircleSlash },
  skipped: { word: 'Skipped', tone: 'idle', icon: Minus },
  not_reached: { word: 'Not reached', tone: 'idle', icon: Minus },
  warned: { word: 'Warning', tone: 'warn', icon: TriangleAlert },
  expires_soon: { word: 'Expires soon', tone: 'warn', icon: TriangleAlert },
  running_low: { word: 'Running low', tone: 'warn', icon: TriangleAlert },
} as const satisfies Record<string, Look>;

const texts: Readonly<Record<Tone, string>> = {
  idle: 'text-idle-fg',
  run: 'text-tide',
  ok: 'text-ok-fg',
  bad: 'text-bad-fg',
  warn: 'text-warn-fg',
};

const pills: Readonly<Record<Tone, string>> = {
  idle: 'bg-idle-soft inset-ring-idle-line',
  run: 'bg-tide-soft inset-ring-tide-line',
  ok: 'bg-ok-soft inset-ring-ok-line',
  bad: 'bg-bad-soft inset-ring-bad-line',
  warn: 'bg-warn-soft inset-ring-warn-line',
};
