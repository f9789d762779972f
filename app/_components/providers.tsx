'use client';

import { CSPProvider } from '@base-ui/react/csp-provider';
import { Tooltip } from '@base-ui/react/tooltip';
import type { ReactNode } from 'react';
import { ToastProvider } from './toast.tsx';

/** What the components need around them, once at the root. */
export function Providers(props: { readonly nonce: string | undefined; readonly children: ReactNode }) {
  return (
    <CSPProvider nonce={props.nonce}>
      <Tooltip.Provider delay={500}>
        <ToastProvider>{props.children}</ToastProvider>
      </Tooltip.Provider>
    </CSPProvider>
  );
}
