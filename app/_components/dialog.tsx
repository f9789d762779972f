'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { KeyboardEvent, ReactNode, RefObject } from 'react';
import { classNames } from './class-names.ts';
import { iconButtonClass } from './icon-button.tsx';

export interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly children: ReactNode;
  /** Buttons at the foot, the safe one first. */
  readonly actions?: ReactNode;
  /** What ⌘ Enter does here; nothing when absent. */
  readonly onConfirm?: (() => void) | undefined;
  /** What gets the focus first; the first control when absent. */
  readonly initialFocus?: RefObject<HTMLElement | null> | undefined;
  readonly isWide?: boolean | undefined;
}

/** A modal dialog. Focus stays inside it and goes back to where it came from. */
export function Dialog(props: DialogProps) {
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey) || props.onConfirm === undefined) return;
    event.preventDefault();
    props.onConfirm();
  }
  return (
    <Base.Root open={props.isOpen} onOpenChange={props.onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={backdropClass} />
        <Base.Popup
          className={classNames(popupClass, props.isWide ? 'w-[640px]' : 'w-[440px]')}
          initialFocus={props.initialFocus}
          onKeyDown={onKeyDown}
        >
          <div className="mb-2 flex items-start justify-between gap-3">
            <Base.Title className="text-lead font-semibold">{props.title}</Base.Title>
            <Base.Close
              aria-label="Close"
              className={iconButtonClass({ size: 'sm', className: '-mt-1 -mr-1' })}
            >
              <X />
            </Base.Close>
          </div>
          {props.children}
          {props.actions !== undefined && (
            <div className="mt-4 flex flex-wrap justify-end gap-2">{props.actions}</div>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

export const backdropClass =
  'fixed inset-0 z-30 bg-scrim transition-opacity duration-base data-ending-style:opacity-0 data-starting-style:opacity-0';

export const popupClass =
  'fixed top-1/2 left-1/2 z-30 max-h-[calc(100dvh-32px)] max-w-[calc(100vw-32px)] -translate-1/2 overflow-y-auto rounded-lg bg-surface-raised px-[18px] pt-[18px] pb-4 shadow-dialog transition-opacity duration-base outline-none data-ending-style:opacity-0 data-starting-style:opacity-0';
