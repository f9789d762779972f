'use client';

import { type HTMLInputAutoCompleteAttribute, type ReactNode, type Ref, useId } from 'react';
import { classNames } from './class-names.ts';
import { controlClass, describedBy, Field, inputClass } from './field.tsx';
import { useIsSending } from './use-is-sending.ts';

export interface TextFieldProps {
  readonly label: ReactNode;
  readonly name?: string | undefined;
  readonly id?: string | undefined;
  readonly type?: 'text' | 'email' | 'url' | 'number' | undefined;
  readonly value?: string | undefined;
  readonly defaultValue?: string | undefined;
  readonly onChange?: ((value: string) => void) | undefined;
  readonly onBlur?: (() => void) | undefined;
  /** What Enter does, instead of sending the form that the field is in. */
  readonly onEnter?: (() => void) | undefined;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly optional?: boolean | undefined;
  readonly aside?: ReactNode;
  /** For what a machine reads back: references, hosts, keys. Also turns spelling and capitals off. */
  readonly isMono?: boolean | undefined;
  /** Shown at the right inside the field. */
  readonly end?: ReactNode;
  readonly placeholder?: string | undefined;
  readonly autoComplete?: HTMLInputAutoCompleteAttribute | undefined;
  readonly inputMode?: 'text' | 'email' | 'url' | 'numeric' | undefined;
  readonly maxLength?: number | undefined;
  readonly isRequired?: boolean | undefined;
  readonly isDisabled?: boolean | undefined;
  readonly isReadOnly?: boolean | undefined;
  readonly hasAutoFocus?: boolean | undefined;
  readonly ref?: Ref<HTMLInputElement> | undefined;
}

export function TextField(props: TextFieldProps) {
  const ownId = useId();
  const id = props.id ?? ownId;
  const { onChange, onEnter } = props;
  const isSending = useIsSending();
  return (
    <Field
      label={props.label}
      htmlFor={id}
      hint={props.hint}
      error={props.error}
      optional={props.optional}
      aside={props.aside}
    >
      <div className={classNames(controlClass, props.isMono && 'font-mono text-base tracking-none')}>
        <input
          ref={props.ref}
          id={id}
          name={props.name}
          type={props.type ?? 'text'}
          value={props.value}
          defaultValue={props.defaultValue}
          onChange={onChange && ((event) => onChange(event.target.value))}
          onBlur={props.onBlur}
          onKeyDown={
            onEnter &&
            ((event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              onEnter();
            })
          }
          placeholder={props.placeholder}
          autoComplete={props.autoComplete}
          inputMode={props.inputMode}
          maxLength={props.maxLength}
          aria-required={props.isRequired}
          disabled={props.isDisabled}
          readOnly={props.isReadOnly || isSending}
          // biome-ignore lint/a11y/noAutofocus: for pages whose one act is this field, as sign-in is.
          autoFocus={props.hasAutoFocus}
          aria-invalid={props.error !== undefined || undefined}
          aria-describedby={describedBy({ id, hint: props.hint, error: props.error })}
          className={inputClass}
          {...(props.isMono && { spellCheck: false, autoCapitalize: 'none', autoCorrect: 'off' })}
        />
        {props.end !== undefined && <span className="flex items-center gap-1 text-ink-3">{props.end}</span>}
      </div>
    </Field>
  );
}
