'use client';

import { classNames } from './class-names.ts';

export interface SwitchProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly isDisabled?: boolean | undefined;
  readonly shortcut?: string | undefined;
  readonly className?: string | undefined;
}

/** Something that is on or off at once, without saving. */
export function Switch(props: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={props.isOn}
      aria-keyshortcuts={props.shortcut}
      disabled={props.isDisabled}
      onClick={() => props.onChange(!props.isOn)}
      className={classNames(
        'group inline-flex h-control-sm flex-none items-center gap-[7px] rounded-md px-2 font-medium text-ink-2 hover:bg-fill-hover disabled:text-ink-4 touch:min-h-touch',
        props.className,
      )}
    >
      <span
        aria-hidden
        className="relative h-[15px] w-[26px] rounded-full bg-idle-solid transition-colors duration-base group-aria-checked:bg-tide-solid"
      >
        <span className="absolute top-0.5 left-0.5 size-[11px] rounded-full bg-surface-raised transition-transform duration-base ease-slip group-aria-checked:translate-x-[11px] dark:bg-ink" />
      </span>
      {props.label}
    </button>
  );
}
