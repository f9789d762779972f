'use client';

import { Check, CircleDashed } from 'lucide-react';
import { useState } from 'react';
import { passwordDistinctMin, passwordLengthMax, passwordLengthMin } from '#lib/auth/schema.ts';
import { classNames } from './class-names.ts';
import { SecretField } from './secret-field.tsx';

/** A password to be, with what it needs ticked off as one types. Kept when the form comes back with an error. */
export function NewPasswordField(props: {
  readonly name: string;
  readonly label?: string | undefined;
  readonly error?: string | undefined;
}) {
  const [password, setPassword] = useState('');
  const needs = [
    { text: `${passwordLengthMin} characters or more`, isMet: password.length >= passwordLengthMin },
    {
      text: `${passwordDistinctMin} different characters or more`,
      isMet: new Set(password).size >= passwordDistinctMin,
    },
  ];
  return (
    <SecretField
      label={props.label ?? 'Password'}
      name={props.name}
      value={password}
      onChange={setPassword}
      error={props.error}
      revealLabel="Show password"
      hasCount={false}
      autoComplete="new-password"
      maxLength={passwordLengthMax}
      isRequired
      hint={
        <ul className="grid gap-1">
          {needs.map(({ text, isMet }) => (
            <li key={text} className={classNames('flex items-center gap-[7px]', isMet && 'text-ok-fg')}>
              {isMet ? (
                <Check className="size-3.5" aria-hidden />
              ) : (
                <CircleDashed className="size-3.5" aria-hidden />
              )}
              {text}
              <span className="sr-only">{isMet ? ', met' : ', not met yet'}</span>
            </li>
          ))}
        </ul>
      }
    />
  );
}
