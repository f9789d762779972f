'use client';

import { useShortcutSetting } from '#app/_components/shortcuts.tsx';
import { Switch } from '#app/_components/switch.tsx';
import { useModifier } from '#app/_components/use-modifier.ts';

export function ShortcutSetting() {
  const { areLettersOn, setLettersOn } = useShortcutSetting();
  const modifier = useModifier();
  return (
    <div>
      <Switch label="Single-letter shortcuts" isOn={areLettersOn} onChange={setLettersOn} className="-ml-2" />
      <p className="mt-1 text-small text-ink-3">
        Off, only shortcuts with {modifier} work. Turn them off when you speak to your computer or type with
        one switch.
      </p>
    </div>
  );
}
