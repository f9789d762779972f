'use client';

import { type ClipboardEvent, useEffect, useId, useRef, useState } from 'react';
import { SecretField } from '#app/_components/secret-field.tsx';

/**
 * The value of a custom key: one line, until a text of several is pasted. A one-line control would take its line ends
 * away without a word, and a key file or certificate is worth nothing without them.
 */
export function CustomValue(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const { label, value, onChange } = props;
  const id = useId();
  const [isMultiline, setMultiline] = useState(() => value.includes('\n'));
  const hasGrown = useRef(false);

  useEffect(() => {
    if (!isMultiline || !hasGrown.current) return;
    hasGrown.current = false;
    document.getElementById(id)?.focus();
  }, [id, isMultiline]);

  function onPaste(event: ClipboardEvent<HTMLElement>) {
    const pasted = event.clipboardData.getData('text');
    const input = event.target;
    if (isMultiline || !pasted.includes('\n') || !(input instanceof HTMLInputElement)) return;
    event.preventDefault();
    const { selectionStart, selectionEnd } = input;
    onChange(
      value.slice(0, selectionStart ?? value.length) + pasted + value.slice(selectionEnd ?? value.length),
    );
    hasGrown.current = true;
    setMultiline(true);
  }

  return (
    <div onPaste={onPaste}>
      <SecretField id={id} label={label} value={value} onChange={onChange} isMultiline={isMultiline} />
    </div>
  );
}
