'use client';

import { Eye, EyeOff } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { classNames } from './class-names.ts';
import { controlClass, describedBy, Field, inputClass } from './field.tsx';
import { IconButton } from './icon-button.tsx';
import { useIsSending } from './use-is-sending.ts';

export interface SecretFieldProps {
  readonly label: ReactNode;
  readonly name?: string | undefined;
  readonly id?: string | undefined;
  readonly value?: string | undefined;
  readonly defaultValue?: string | undefined;
  readonly onChange?: ((value: string) => void) | undefined;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly optional?: boolean | undefined;
  readonly aside?: ReactNode;
  /** Default "Show what you typed". */
  readonly revealLabel?: string | undefined;
  /** Say how many characters were typed, so that a cut paste is noticed. On by default. */
  readonly hasCount?: boolean | undefined;
  /** A text area, for values of several lines such as a key file. */
  readonly isMultiline?: boolean | undefined;
  readonly placeholder?: string | undefined;
  readonly autoComplete?: 'off' | 'current-password' | 'new-password' | undefined;
  readonly maxLength?: number | undefined;
  readonly isRequired?: boolean | undefined;
}

/** A value that is typed once and never shown again: dots, a count, and an eye for what was typed just now. */
export function SecretField(props: SecretFieldProps) {
  const ownId = useId();
  const id = props.id ?? ownId;
  const [isShown, setShown] = useState(false);
  const [typedLength, setTypedLength] = useState(props.defaultValue?.length ?? 0);
  const length = props.value?.length ?? typedLength;
  const { hasCount = true, isMultiline = false } = props;
  const isSending = useIsSending();

  const shared = {
    id,
    name: props.name,
    value: props.value,
    defaultValue: props.defaultValue,
    placeholder: props.placeholder,
    autoComplete: props.autoComplete ?? 'off',
    maxLength: props.maxLength,
    readOnly: isSending,
    'aria-required': props.isRequired,
    'aria-invalid': props.error !== undefined || undefined,
    'aria-describedby': describedBy({ id, hint: props.hint, error: props.error }),
    spellCheck: false,
    autoCapitalize: 'none',
    autoCorrect: 'off',
    onChange: (event: { readonly target: { readonly value: string } }) => {
      setTypedLength(event.target.value.length);
      props.onChange?.(event.target.value);
    },
  } as const;

  return (
    <Field
      label={props.label}
      htmlFor={id}
      hint={props.hint}
      error={props.error}
      optional={props.optional}
      aside={props.aside}
    >
      <div className={classNames(controlClass, 'pr-1 font-mono text-base', isMultiline && 'items-start')}>
        {isMultiline ? (
          <textarea
            {...shared}
            rows={5}
            className={classNames(inputClass, 'resize-y', !isShown && '[-webkit-text-security:disc]')}
          />
        ) : (
          <input {...shared} type={isShown ? 'text' : 'password'} className={inputClass} />
        )}
        {hasCount && length > 0 && (
          <span className="font-sans text-small whitespace-nowrap text-ink-3 tabular-nums" aria-live="off">
            {length === 1 ? '1 character' : `${length} characters`}
          </span>
        )}
        <IconButton
          label={props.revealLabel ?? 'Show what you typed'}
          icon={isShown ? <EyeOff /> : <Eye />}
          size="sm"
          isPressed={isShown}
          onClick={() => setShown(!isShown)}
        />
      </div>
    </Field>
  );
}
