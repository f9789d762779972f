'use client';

import { Search } from 'lucide-react';
import { IconButton } from '#app/_components/icon-button.tsx';
import { KeyCap } from '#app/_components/key-cap.tsx';
import { useModifier } from '#app/_components/use-modifier.ts';
import { useCommands } from './commands.tsx';

/** Opens the command palette. */
export function JumpButton() {
  const { openPalette } = useCommands();
  const modifier = useModifier();
  return (
    <button
      type="button"
      aria-keyshortcuts="Meta+K Control+K"
      onClick={openPalette}
      className="mb-3 flex h-control flex-none items-center gap-2 rounded-md bg-surface pr-1.5 pl-[9px] text-ink-3 shadow-panel touch:min-h-touch"
    >
      <Search className="size-3.5" aria-hidden />
      <span className="flex-1 text-left">Search or jump to</span>
      <KeyCap>{modifier === '⌘' ? '⌘K' : 'Ctrl K'}</KeyCap>
    </button>
  );
}

export function JumpIconButton() {
  const { openPalette } = useCommands();
  return <IconButton label="Search or jump to" icon={<Search />} onClick={openPalette} />;
}
