'use client';

import { AlertDialog as Base } from '@base-ui/react/alert-dialog';
import { type ReactNode, useRef } from 'react';
import { Button, buttonClass } from './button.tsx';
import { classNames } from './class-names.ts';
import { backdropClass, popupClass } from './dialog.tsx';

export interface ConfirmDialogProps {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  /** Names the thing: "Cancel build 1413". The dialog's accessible name. */
  readonly title: string;
  /** What happens, and what is kept. */
  readonly children: ReactNode;
  readonly confirmLabel: string;
  readonly cancelLabel: string;
  readonly onConfirm: () => void;
  readonly isBusy?: boolean | undefined;
  readonly busyLabel?: string | undefined;
  /** `danger` unless said otherwise. */
  readonly variant?: 'danger' | 'primary' | undefined;
}

/** Asks before something that cannot be taken back. The focus starts on the safe button. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const safe = useRef<HTMLButtonElement>(null);
  return (
    <Base.Root open={props.isOpen} onOpenChange={props.onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={backdropClass} />
        <Base.Popup className={classNames(popupClass, 'w-[440px]')} initialFocus={safe}>
          <Base.Title className="mb-1.5 text-lead font-semibold">{props.title}</Base.Title>
          <Base.Description render={<div />} className="text-ink-2">
            {props.children}
          </Base.Description>
          <div className="mt-4 flex flex-wrap justify-end gap-2">
            <Base.Close ref={safe} className={buttonClass({ variant: 'outline' })}>
              {props.cancelLabel}
            </Base.Close>
            <Button
              variant={props.variant ?? 'danger'}
              onClick={props.onConfirm}
              isBusy={props.isBusy}
              busyLabel={props.busyLabel}
            >
              {props.confirmLabel}
            </Button>
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
