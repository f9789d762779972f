'use client';

import { Toast as Base } from '@base-ui/react/toast';
import { CircleCheck, CircleX, Info, X } from 'lucide-react';
import { type ReactNode, useCallback } from 'react';
import { buttonClass } from './button.tsx';
import { classNames } from './class-names.ts';
import { iconButtonClass } from './icon-button.tsx';

export interface ToastOptions {
  /** One line. Never the only place an error appears. */
  readonly text: string;
  readonly tone?: 'ok' | 'bad' | 'info' | undefined;
  readonly action?: { readonly label: string; readonly onClick: () => void } | undefined;
}

/** Shows a line for 5 s; a bad one stays until it is closed. */
export function useToast(): (options: ToastOptions) => void {
  const { add } = Base.useToastManager<Data>();
  return useCallback(
    ({ text, tone = 'ok', action }: ToastOptions) => {
      add({
        title: text,
        timeout: tone === 'bad' ? 0 : 5000,
        priority: tone === 'bad' ? 'high' : 'low',
        data: { tone },
        ...(action && { actionProps: { children: action.label, onClick: action.onClick } }),
      });
    },
    [add],
  );
}

export function ToastProvider(props: { readonly children: ReactNode }) {
  return (
    <Base.Provider limit={3}>
      {props.children}
      <Base.Portal>
        <Base.Viewport className="fixed right-4 bottom-4 z-50 flex w-[360px] max-w-[calc(100vw-32px)] flex-col gap-2 max-md:bottom-[76px]">
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

interface Data {
  readonly tone: 'ok' | 'bad' | 'info';
}

function Toasts() {
  const { toasts } = Base.useToastManager<Data>();
  return toasts.map((toast) => {
    const tone = toast.data?.tone ?? 'info';
    const Icon = icons[tone];
    return (
      <Base.Root
        key={toast.id}
        toast={toast}
        className="rounded-lg bg-surface-raised shadow-pop transition-opacity duration-base data-ending-style:opacity-0 data-limited:hidden data-starting-style:opacity-0"
      >
        <Base.Content className="grid min-h-11 grid-cols-[16px_minmax(0,1fr)_auto_auto] items-center gap-2.5 py-1 pr-2 pl-3.5">
          <Icon className={inks[tone]} aria-hidden />
          <Base.Title render={<p />} />
          {toast.actionProps ? (
            <Base.Action className={buttonClass({ variant: 'ghost', size: 'sm' })} />
          ) : (
            <span />
          )}
          <Base.Close aria-label="Close" className={classNames(iconButtonClass({ size: 'sm' }))}>
            <X />
          </Base.Close>
        </Base.Content>
      </Base.Root>
    );
  });
}

const icons = { ok: CircleCheck, bad: CircleX, info: Info };
const inks = { ok: 'text-ok-fg', bad: 'text-bad-fg', info: 'text-idle-fg' };
