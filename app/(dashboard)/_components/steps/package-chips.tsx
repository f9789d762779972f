'use client';

import { X } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { controlClass } from '#app/_components/field.tsx';
import { readPackages } from './steps-draft.ts';

/** Packages as chips; what is typed becomes one with Enter, a comma, or when the field is left. */
export function PackageChips(props: {
  readonly id: string;
  readonly label: string;
  readonly packages: readonly string[];
  readonly onChange: (packages: readonly string[]) => void;
  readonly isWrong: boolean;
}) {
  const { packages, onChange } = props;
  const [text, setText] = useState('');

  function take() {
    const added = readPackages(text);
    if (added.length > 0) onChange([...new Set([...packages, ...added])]);
    setText('');
  }

  function press(event: KeyboardEvent) {
    if (event.key === 'Backspace' && text === '') onChange(packages.slice(0, -1));
    // The form's own shortcut is left to it.
    if (event.metaKey || event.ctrlKey || (event.key !== 'Enter' && event.key !== ',')) return;
    event.preventDefault();
    take();
  }

  return (
    <div className={`${controlClass} flex-wrap py-1`}>
      {packages.map((name) => (
        <span
          key={name}
          className="flex max-w-full items-center gap-1 rounded-sm bg-fill-hover pl-1.5 font-mono text-small"
        >
          <span className="cut">{name}</span>
          <button
            type="button"
            aria-label={`Remove ${name}`}
            onClick={() => onChange(packages.filter((each) => each !== name))}
            className="grid size-5 place-items-center rounded-sm text-ink-3 hover:text-ink touch:size-touch"
          >
            <X className="size-3" aria-hidden />
          </button>
        </span>
      ))}
      <input
        id={props.id}
        aria-label={props.label}
        aria-invalid={props.isWrong || undefined}
        aria-describedby={props.isWrong ? `${props.id}-error` : undefined}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={press}
        onBlur={take}
        placeholder={packages.length === 0 ? 'Type a package, then Enter' : 'Package'}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        className="min-w-28 flex-1 bg-transparent py-1 font-mono text-small outline-none touch:min-h-touch touch:text-lead"
      />
    </div>
  );
}
