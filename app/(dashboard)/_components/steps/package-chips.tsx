'use client';

import { X } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { controlClass, describedBy, FieldNotes } from '#app/_components/field.tsx';
import { endsAtComma, splitPackages } from '#lib/images/typed-packages.ts';

/** Packages as chips; what is typed becomes one with Enter, when the field is left, or with a comma that is not part of it. */
export function PackageChips(props: {
  readonly id: string;
  readonly label: string;
  readonly packages: readonly string[];
  readonly onChange: (packages: readonly string[]) => void;
  readonly error: string | undefined;
}) {
  const { id, packages, onChange, error } = props;
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);

  function take(typed: string) {
    const added = splitPackages(typed);
    if (added.length > 0) onChange([...new Set([...packages, ...added])]);
    setText('');
  }

  function press(event: KeyboardEvent) {
    if (event.key === 'Backspace' && text === '') onChange(packages.slice(0, -1));
    if (event.metaKey || event.ctrlKey) {
      // The form's own shortcut comes after this and sends what the form holds then.
      if (event.key === 'Enter') flushSync(() => take(text));
      return;
    }
    const isTaken = event.key === 'Enter' || (event.key === ',' && (text === '' || endsAtComma(text)));
    if (!isTaken) return;
    event.preventDefault();
    take(text);
  }

  /** The field would make one line of several. */
  function paste(event: ClipboardEvent) {
    const pasted = event.clipboardData.getData('text');
    if (!/[\r\n]/.test(pasted.trim())) return;
    event.preventDefault();
    take(`${text}\n${pasted}`);
  }

  function remove(name: string) {
    onChange(packages.filter((each) => each !== name));
    input.current?.focus();
  }

  return (
    <div>
      <div className={`${controlClass} flex-wrap py-1`}>
        {packages.map((name) => (
          <span
            key={name}
            className="flex max-w-full items-center gap-1 rounded-sm bg-fill-hover pl-1.5 font-mono text-small"
          >
            <span className="min-w-0 wrap-anywhere">{name}</span>
            <button
              type="button"
              aria-label={`Remove ${name}`}
              onClick={() => remove(name)}
              className="grid size-5 place-items-center rounded-sm text-ink-3 hover:text-ink touch:size-touch"
            >
              <X className="size-3" aria-hidden />
            </button>
          </span>
        ))}
        <input
          ref={input}
          id={id}
          aria-label={props.label}
          aria-invalid={error !== undefined || undefined}
          aria-describedby={describedBy({ id, error })}
          value={text}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={press}
          onPaste={paste}
          onBlur={() => take(text)}
          placeholder={packages.length === 0 ? 'Type a package, then Enter' : 'Package'}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          className="min-w-28 flex-1 bg-transparent py-1 font-mono text-small outline-none touch:min-h-touch touch:text-lead"
        />
      </div>
      <FieldNotes id={id} error={error} />
    </div>
  );
}
