'use client';

import { Dialog } from '#app/_components/dialog.tsx';
import { useShortcutSetting } from '#app/_components/shortcuts.tsx';
import { useModifier } from '#app/_components/use-modifier.ts';

export function ShortcutsDialog(props: {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}) {
  const { areLettersOn } = useShortcutSetting();
  const modifier = useModifier();
  return (
    <Dialog title="Keyboard shortcuts" isOpen={props.isOpen} onOpenChange={props.onOpenChange} isWide>
      {!areLettersOn && (
        <p className="mb-3 text-ink-2">
          Single-letter shortcuts are turned off in settings; those with {modifier} work.
        </p>
      )}
      <dl className="grid grid-cols-2 gap-x-7 gap-y-0.5 max-md:grid-cols-1">
        {shortcutsWith(modifier).map(([does, ...keys]) => (
          <div key={does} className="flex h-[30px] items-center justify-between gap-3 text-ink-2">
            <dt>{does}</dt>
            <dd className="flex gap-[3px]">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="inline-grid h-[18px] min-w-[18px] place-items-center rounded-xs bg-fill-hover px-1 font-sans text-micro leading-none text-ink-3 inset-ring inset-ring-line"
                >
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

const shortcutsWith = (modifier: string): readonly (readonly [string, ...string[]])[] => [
  ['Command palette', modifier, 'K'],
  ['Search this page', '/'],
  ['Go to builds', 'G', 'B'],
  ['Go to images', 'G', 'I'],
  ['Go to secrets', 'G', 'S'],
  ['Go to storage', 'G', 'O'],
  ['Go to settings', 'G', 'T'],
  ['New build, or new secret', 'N'],
  ['Next row', 'J'],
  ['Previous row', 'K'],
  ['Open row', '↵'],
  ['Follow log', 'F'],
  ['Previous build', '['],
  ['Next build', ']'],
  ['Cancel build', 'C'],
  ['Re-run build', 'R'],
  ['Start build, save secret', modifier, '↵'],
  ['Close, clear, leave a field', 'Esc'],
  ['This list', '?'],
];
