import Link from 'next/link';
import type { ReactNode } from 'react';
import { BrandMark } from '#app/_components/brand.tsx';
import { ThemeSwitch } from '#app/_components/theme-switch.tsx';
import { SlipArt } from './_components/slip-art.tsx';

/** The gate: one form at the left, the slip at the right. */
export default function GateLayout({ children }: { readonly children: ReactNode }) {
  return (
    <div className="grid min-h-dvh grid-cols-[minmax(440px,1fr)_minmax(0,1.25fr)] max-lg:grid-cols-1">
      <main className="my-2 ml-2 flex flex-col rounded-lg bg-surface px-8 py-6 shadow-panel max-lg:mr-2 max-md:m-0 max-md:rounded-none max-md:p-5 max-md:shadow-none">
        <div className="flex items-center justify-between">
          <Link
            href="/"
            className="flex h-8 items-center gap-[9px] text-body font-semibold tracking-[-0.015em] touch:h-touch"
          >
            <BrandMark />
            Slipway
          </Link>
          <ThemeSwitch size="sm" />
        </div>
        {children}
      </main>
      <SlipArt />
    </div>
  );
}
