'use client';

import { CircleQuestionMark } from 'lucide-react';
import { IconButton } from '#app/_components/icon-button.tsx';
import { useCommands } from './commands.tsx';

export function ShortcutsButton() {
  const { openShortcuts } = useCommands();
  return (
    <IconButton
      label="Keyboard shortcuts"
      icon={<CircleQuestionMark />}
      size="sm"
      onClick={openShortcuts}
      shortcut="?"
    />
  );
}
