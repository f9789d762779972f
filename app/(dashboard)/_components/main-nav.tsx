'use client';

import { HardDrive, KeyRound, Layers, type LucideIcon, Package, Settings2 } from 'lucide-react';
import Link from 'next/link';
import { usePathname, useSearchParams } from 'next/navigation';
import { isAt, placeOf } from './is-at.ts';

/** What the workspace has of each. */
export interface NavCounts {
  readonly builds: number;
  readonly secrets: number;
  readonly images: number;
}

export function MainNav(props: { readonly counts: NavCounts }) {
  const path = placeOf(usePathname(), useSearchParams());
  return (
    <nav aria-label="Main" className="grid flex-none gap-px">
      {items.map(({ label, href, icon: Icon, countOf }) => (
        <Link
          key={href}
          href={href}
          aria-current={isAt(path, href) ? 'page' : undefined}
          className="group flex h-control items-center gap-[9px] rounded-md px-2 font-medium text-ink-2 hover:bg-fill-hover aria-[current]:bg-fill-active aria-[current]:text-ink touch:h-touch"
        >
          <Icon aria-hidden />
          {label}
          {countOf && (
            <span
              aria-hidden
              className="ml-auto text-small font-regular text-ink-3 tabular-nums group-aria-[current]:text-ink-2"
            >
              {countOf(props.counts).toLocaleString('en')}
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}

interface Item {
  readonly label: string;
  readonly href: string;
  readonly icon: LucideIcon;
  readonly countOf?: (counts: NavCounts) => number;
}

const items: readonly Item[] = [
  { label: 'Builds', href: '/', icon: Layers, countOf: (counts) => counts.builds },
  { label: 'Images', href: '/images', icon: Package, countOf: (counts) => counts.images },
  { label: 'Secrets', href: '/secrets', icon: KeyRound, countOf: (counts) => counts.secrets },
  { label: 'Storage', href: '/storage', icon: HardDrive },
  { label: 'Settings', href: '/settings', icon: Settings2 },
];
