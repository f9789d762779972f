'use client';

import { usePathname, useRouter } from 'next/navigation';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { Palette } from './palette.tsx';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';

interface Commands {
  readonly openPalette: () => void;
  readonly openShortcuts: () => void;
}

const CommandsContext = createContext<Commands>({ openPalette: () => {}, openShortcuts: () => {} });

export function useCommands(): Commands {
  return useContext(CommandsContext);
}

/** The keys that work on every page, the command palette and the list of shortcuts. */
export function CommandsProvider(props: { readonly children: ReactNode }) {
  const router = useRouter();
  const path = usePathname();
  const [open, setOpen] = useState<'palette' | 'shortcuts' | null>(null);
  const openPalette = useCallback(() => setOpen('palette'), []);
  const openShortcuts = useCallback(() => setOpen('shortcuts'), []);
  const close = useCallback(() => setOpen(null), []);
  const commands = useMemo(() => ({ openPalette, openShortcuts }), [openPalette, openShortcuts]);

  useShortcut('mod+k', openPalette, { isEverywhere: true });
  useShortcut('?', openShortcuts);
  useShortcut('/', focusSearch);
  useShortcut('g b', () => router.push('/'));
  useShortcut('g i', () => router.push('/images'));
  useShortcut('g s', () => router.push('/secrets'));
  useShortcut('g o', () => router.push('/storage'));
  useShortcut('g t', () => router.push('/settings'));
  useShortcut('n', () => router.push(path.startsWith('/secrets') ? '/secrets/new' : '/builds/new'));

  return (
    <CommandsContext value={commands}>
      {props.children}
      {open === 'palette' && <Palette onClose={close} onShowShortcuts={openShortcuts} />}
      <ShortcutsDialog isOpen={open === 'shortcuts'} onOpenChange={(isOpen) => !isOpen && close()} />
    </CommandsContext>
  );
}

/** The first search field of the page that can be seen. */
function focusSearch(): void {
  const fields = document.querySelectorAll<HTMLInputElement>(
    'main input[type="search"], main [role="searchbox"]',
  );
  const field = [...fields].find((each) => each.checkVisibility());
  field?.focus();
  field?.select();
}
