'use client';

import Link from 'next/link';
import type { MouseEvent, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Tooltip } from './tooltip.tsx';

export interface IconButtonProps {
  /** The accessible name, shown as a tooltip too. */
  readonly label: string;
  readonly icon: ReactNode;
  readonly variant?: 'ghost' | 'outline' | undefined;
  readonly size?: 'sm' | 'md' | undefined;
  readonly onClick?: ((event: MouseEvent<HTMLButtonElement>) => void) | undefined;
  readonly href?: string | undefined;
  readonly type?: 'button' | 'submit' | undefined;
  /** Given, the button is a toggle. */
  readonly isPressed?: boolean | undefined;
  readonly isDisabled?: boolean | undefined;
  readonly shortcut?: string | undefined;
  readonly className?: string | undefined;
}

export function IconButton(props: IconButtonProps) {
  const className = iconButtonClass(props);
  if (props.href !== undefined && !props.isDisabled) {
    return (
      <Tooltip text={props.label}>
        <Link
          href={props.href}
          className={className}
          aria-label={props.label}
          aria-keyshortcuts={props.shortcut}
        >
          {props.icon}
        </Link>
      </Tooltip>
    );
  }
  return (
    <Tooltip text={props.label}>
      <button
        type={props.type ?? 'button'}
        className={className}
        aria-label={props.label}
        aria-pressed={props.isPressed}
        aria-keyshortcuts={props.shortcut}
        aria-disabled={props.isDisabled || undefined}
        onClick={(event) => {
          if (props.isDisabled) event.preventDefault();
          else props.onClick?.(event);
        }}
      >
        {props.icon}
      </button>
    </Tooltip>
  );
}

/** The look alone, for parts of @base-ui that bring their own element. */
export function iconButtonClass(
  options: Pick<IconButtonProps, 'variant' | 'size' | 'isDisabled' | 'className'>,
): string {
  return classNames(
    'inline-grid flex-none place-items-center rounded-md transition-colors touch:size-touch',
    options.size === 'sm' ? 'size-control-sm [&>.lucide]:size-3.5' : 'size-control',
    options.variant === 'outline' && 'bg-surface-raised shadow-control inset-ring inset-ring-line-control',
    options.isDisabled
      ? 'cursor-not-allowed text-ink-4'
      : 'text-ink-2 hover:wash hover:text-ink aria-pressed:bg-fill-active aria-pressed:text-ink',
    options.className,
  );
}
