'use client';

import { useShortcut } from '#app/_components/shortcuts.tsx';

/** `j` and `k` move the focus from row to row; Enter opens the row then, as it does with any link. */
export function useRowKeys(): void {
  useShortcut('j', () => moveFocus(1));
  useShortcut('k', () => moveFocus(-1));
}

function moveFocus(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('[data-build] a[href^="/builds/"]')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const next = at === -1 ? (by === 1 ? 0 : -1) : Math.max(0, at + by);
  const link = links.at(Math.min(next, links.length - 1));
  link?.focus();
  link?.scrollIntoView({ block: 'nearest' });
}
