'use client';

import { KeyRound, Layers, type LucideIcon, Package, Settings2 } from 'lucide-react';
import Link from 'next/link';
import { usePathname, useSearchParams } from 'next/navigation';
import { isAt, placeOf } from './is-at.ts';

/** The navigation of small screens, at the thumb. */
export function TabBar() {
  const path = placeOf(usePathname(), useSearchParams());
  const current = items.find(({ href, also }) => isAt(path, href) || (also && isAt(path, also)));
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-20 hidden h-[60px] grid-cols-4 border-t border-line bg-surface-raised max-md:grid"
    >
      {items.map((item) => (
        <Link
          key={item.href}
          href={item.href}
          aria-current={item === current ? 'page' : undefined}
          className="grid content-center justify-items-center gap-[3px] text-micro font-medium text-ink-3 -outline-offset-2 aria-[current]:text-ink"
        >
          <item.icon className="size-5" aria-hidden />
          {item.label}
        </Link>
      ))}
    </nav>
  );
}

interface Item {
  readonly label: string;
  readonly href: string;
  readonly icon: LucideIcon;
  /** A page that is reached from this one. */
  readonly also?: string;
}

const items: readonly Item[] = [
  { label: 'Builds', href: '/', icon: Layers },
  { label: 'Images', href: '/images', icon: Package },
  { label: 'Secrets', href: '/secrets', icon: KeyRound },
  { label: 'Settings', href: '/settings', icon: Settings2, also: '/storage' },
];
