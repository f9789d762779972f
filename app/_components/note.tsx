import { CircleCheck, CircleX, Info, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

type NoteTone = 'info' | 'ok' | 'warn' | 'bad';

export interface NoteProps {
  readonly tone?: NoteTone | undefined;
  readonly children: ReactNode;
  /** Announce it when it appears: `alert` for what stops the reader. */
  readonly role?: 'alert' | 'status' | undefined;
  readonly className?: string | undefined;
}

/** A remark of one or two sentences on its own ground. */
export function Note(props: NoteProps) {
  const { icon: Icon, ground, ink } = looks[props.tone ?? 'info'];
  return (
    <div
      role={props.role}
      className={classNames(
        'grid grid-cols-[16px_minmax(0,1fr)] items-baseline gap-[9px] rounded-md px-3 py-2.5 text-small leading-[1.45] text-ink-2',
        ground,
        props.className,
      )}
    >
      <Icon className={classNames('relative top-0.5 size-3.5', ink)} aria-hidden />
      <div>{props.children}</div>
    </div>
  );
}

interface Look {
  readonly icon: LucideIcon;
  readonly ground: string;
  readonly ink: string;
}

const looks: Readonly<Record<NoteTone, Look>> = {
  info: { icon: Info, ground: 'bg-idle-soft', ink: 'text-ink-3' },
  ok: { icon: CircleCheck, ground: 'bg-ok-soft', ink: 'text-ok-fg' },
  warn: { icon: TriangleAlert, ground: 'bg-warn-soft', ink: 'text-warn-fg' },
  bad: { icon: CircleX, ground: 'bg-bad-soft', ink: 'text-bad-fg' },
};
