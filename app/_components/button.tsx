'use client';

import { LoaderCircle } from 'lucide-react';
import Link from 'next/link';
import { type MouseEvent, type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';
import { KeyCap } from './key-cap.tsx';
import { Tooltip } from './tooltip.tsx';

export interface ButtonProps {
  readonly children: ReactNode;
  readonly variant?: 'primary' | 'outline' | 'ghost' | 'stop' | 'danger' | undefined;
  readonly size?: 'sm' | 'md' | 'lg' | undefined;
  /** An element, such as `<Plus />`, so that server components can pass it. */
  readonly icon?: ReactNode;
  readonly type?: 'button' | 'submit' | undefined;
  readonly onClick?: ((event: MouseEvent<HTMLButtonElement>) => void) | undefined;
  /** Makes it a link that looks like a button. */
  readonly href?: string | undefined;
  readonly isBusy?: boolean | undefined;
  /** The present participle shown while busy: "Saving". */
  readonly busyLabel?: string | undefined;
  /** Why it cannot be used now. It keeps the focus, so that keyboards and screen readers learn the reason too. */
  readonly disabledReason?: string | undefined;
  /** A single-letter shortcut, shown as a keycap. */
  readonly shortcut?: string | undefined;
  readonly isFullWidth?: boolean | undefined;
  readonly name?: string | undefined;
  readonly value?: string | undefined;
  readonly form?: string | undefined;
  readonly 'aria-label'?: string | undefined;
  readonly className?: string | undefined;
}

export function Button(props: ButtonProps) {
  const reasonId = useId();
  const { variant = 'outline', size = 'md', isBusy = false, disabledReason } = props;
  const isOff = disabledReason !== undefined;
  const className = classNames(
    buttonClass({ variant, size, isOff }),
    props.isFullWidth && 'w-full',
    props.className,
  );

  const face = (
    <>
      {props.icon}
      {props.children}
      {props.shortcut !== undefined && (
        <KeyCap isOnInk={variant === 'primary'}>{props.shortcut.toUpperCase()}</KeyCap>
      )}
    </>
  );

  if (props.href !== undefined && !isOff) {
    return (
      <Link
        href={props.href}
        className={className}
        aria-label={props['aria-label']}
        aria-keyshortcuts={props.shortcut}
      >
        {face}
      </Link>
    );
  }

  const button = (
    <button
      type={props.type ?? 'button'}
      className={className}
      name={props.name}
      value={props.value}
      form={props.form}
      aria-label={props['aria-label']}
      aria-keyshortcuts={props.shortcut}
      aria-busy={isBusy || undefined}
      aria-disabled={isOff || isBusy || undefined}
      aria-describedby={isOff ? reasonId : undefined}
      onClick={(event) => {
        if (isOff || isBusy) event.preventDefault();
        else props.onClick?.(event);
      }}
    >
      <span className={classNames('col-start-1 row-start-1', faceClass, isBusy && 'invisible')}>{face}</span>
      {isBusy && (
        <span className={classNames('col-start-1 row-start-1', faceClass)}>
          <LoaderCircle className="size-3.5 motion-safe:animate-spin" aria-hidden />
          {props.busyLabel ?? props.children}
        </span>
      )}
      {isOff && (
        <span id={reasonId} hidden>
          {disabledReason}
        </span>
      )}
    </button>
  );
  return isOff ? <Tooltip text={disabledReason}>{button}</Tooltip> : button;
}

/** The look alone, for parts of @base-ui that bring their own element. */
export function buttonClass(options: {
  readonly variant: NonNullable<ButtonProps['variant']>;
  readonly size?: NonNullable<ButtonProps['size']>;
  readonly isOff?: boolean;
}): string {
  const { variant, size = 'md', isOff = false } = options;
  return classNames(
    'inline-grid grid-flow-col items-center justify-center gap-[7px] rounded-md font-medium whitespace-nowrap transition-colors select-none touch:min-h-touch',
    sizes[size],
    isOff ? offLooks[variant] : looks[variant],
  );
}

const faceClass = 'inline-flex items-center justify-center gap-[7px] [&>.lucide]:size-3.5';

const sizes = {
  sm: 'h-control-sm px-[9px] [&>.lucide]:size-3.5',
  md: 'h-control px-3 [&>.lucide]:size-3.5',
  lg: 'h-10 px-4 text-body [&>.lucide]:size-4',
};

const looks = {
  primary: 'bg-ink text-ink-on shadow-control hover:bg-ink-hover',
  outline: 'bg-surface-raised shadow-control inset-ring inset-ring-line-control hover:wash',
  ghost: 'text-ink-2 hover:bg-fill-hover',
  stop: 'bg-surface-raised text-bad-fg shadow-control inset-ring inset-ring-line-control hover:wash',
  danger: 'bg-bad-solid text-ink-on hover:wash',
};

const offLook = 'cursor-not-allowed text-ink-4';
const offLooks = {
  primary: `${offLook} bg-fill-active`,
  outline: `${offLook} bg-surface-raised inset-ring inset-ring-line`,
  ghost: offLook,
  stop: `${offLook} bg-surface-raised inset-ring inset-ring-line`,
  danger: `${offLook} bg-fill-active`,
};
