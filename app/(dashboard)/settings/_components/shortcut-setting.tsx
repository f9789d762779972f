'use client';

import { useShortcutSetting } from '#app/_components/shortcuts.tsx';
import { Switch } from '#app/_components/switch.tsx';

export function ShortcutSetting() {
  const { areLettersOn, setLettersOn } = useShortcutSetting();
  return (
    <div>
      <Switch label="Single-letter shortcuts" isOn={areLettersOn} onChange={setLettersOn} className="-ml-2" />
      <p className="mt-1 text-small text-ink-3">
        Off, only shortcuts with ⌘ or Ctrl work. Turn them off when you speak to your computer or type with
        one switch.
      </p>
    </div>
  );
}
