'use client';

import { Menu as Base } from '@base-ui/react/menu';
import { EllipsisVertical } from 'lucide-react';
import Link from 'next/link';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { iconButtonClass } from './icon-button.tsx';

export type MenuItem =
  | 'separator'
  | {
      readonly label: string;
      readonly icon?: ReactNode;
      readonly onSelect?: () => void;
      readonly href?: string;
      readonly tone?: 'bad';
      readonly isDisabled?: boolean;
    };

export interface MenuProps {
  /** The accessible name of the button: "More actions". */
  readonly label: string;
  readonly items: readonly MenuItem[];
  /** A button element of your own; three dots when absent. It must take a ref and props. */
  readonly trigger?: ReactElement<Record<string, unknown>> | undefined;
  readonly variant?: 'ghost' | 'outline' | undefined;
  readonly className?: string | undefined;
}

/** A button that opens a list of actions. */
export function Menu(props: MenuProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger
        aria-label={props.label}
        {...(props.trigger
          ? { render: props.trigger }
          : {
              className: iconButtonClass({ variant: props.variant, className: props.className }),
              children: <EllipsisVertical />,
            })}
      />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="end" className="z-40">
          <Base.Popup className="min-w-[216px] rounded-lg bg-surface-raised py-1.5 shadow-pop transition-opacity duration-base outline-none data-ending-style:opacity-0 data-starting-style:opacity-0">
            {props.items.map((item, index) =>
              item === 'separator' ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: a separator is nothing but its place.
                <Base.Separator key={index} className="my-1.5 border-t border-line" />
              ) : (
                <Item key={item.label} {...item} />
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function Item(item: Exclude<MenuItem, 'separator'>) {
  const className = classNames(
    'mx-1.5 flex min-h-control cursor-default items-center gap-2.5 rounded-md px-2 outline-none data-disabled:text-ink-4 data-highlighted:bg-fill-active touch:min-h-touch [&>.lucide]:size-3.5',
    item.tone === 'bad' ? 'text-bad-fg' : '[&>.lucide]:text-ink-3',
  );
  const face = (
    <>
      {item.icon}
      {item.label}
    </>
  );
  if (item.href !== undefined) {
    return (
      <Base.LinkItem render={<Link href={item.href} />} className={className} closeOnClick>
        {face}
      </Base.LinkItem>
    );
  }
  return (
    <Base.Item className={className} onClick={item.onSelect} disabled={item.isDisabled}>
      {face}
    </Base.Item>
  );
}
