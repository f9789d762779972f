import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface BadgeProps {
  readonly children: ReactNode;
  readonly isMono?: boolean | undefined;
  readonly title?: string | undefined;
  readonly className?: string | undefined;
}

/** A short fact in a quiet box: a key's name, a platform, a version. */
export function Badge(props: BadgeProps) {
  return (
    <span
      title={props.title}
      className={classNames(
        'inline-flex h-[22px] max-w-full items-center gap-[5px] rounded-sm bg-idle-soft px-[7px] text-small whitespace-nowrap text-ink-2',
        props.isMono && 'font-mono tracking-none',
        props.className,
      )}
    >
      {props.children}
    </span>
  );
}
