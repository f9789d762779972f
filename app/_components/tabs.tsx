'use client';

import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface TabsProps {
  /** The accessible name of the list of tabs. */
  readonly label: string;
  readonly tabs: readonly { readonly value: string; readonly label: string; readonly panel: ReactNode }[];
  readonly value?: string | undefined;
  readonly defaultValue?: string | undefined;
  readonly onValueChange?: ((value: string) => void) | undefined;
  /** At the right of the list, such as a copy button. */
  readonly end?: ReactNode;
  readonly className?: string | undefined;
}

export function Tabs(props: TabsProps) {
  return (
    <Base.Root
      className={classNames('min-w-0', props.className)}
      onValueChange={(value) => props.onValueChange?.(String(value))}
      {...(props.value === undefined
        ? { defaultValue: props.defaultValue ?? props.tabs[0]?.value }
        : { value: props.value })}
    >
      <div className="flex items-center gap-2 border-b border-line pr-3 pl-1.5">
        <Base.List aria-label={props.label} className="flex min-w-0 gap-0.5 overflow-x-auto pt-1">
          {props.tabs.map((tab) => (
            <Base.Tab
              key={tab.value}
              value={tab.value}
              className="relative inline-flex h-[34px] items-center px-2.5 font-medium whitespace-nowrap text-ink-3 -outline-offset-2 after:absolute after:inset-x-2.5 after:bottom-0 after:h-0.5 hover:text-ink data-active:text-ink data-active:after:bg-ink touch:h-touch"
            >
              {tab.label}
            </Base.Tab>
          ))}
        </Base.List>
        {props.end !== undefined && <div className="ml-auto flex-none">{props.end}</div>}
      </div>
      {props.tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className="min-w-0">
          {tab.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
