'use client';

import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';
import { controlClass, FieldNotes } from './field.tsx';

export interface SelectOption {
  readonly value: string;
  readonly label: string;
  readonly detail?: ReactNode;
  readonly icon?: ReactNode;
}

export interface SelectProps {
  readonly label: string;
  readonly value: string | null;
  readonly onValueChange: (value: string) => void;
  readonly options: readonly SelectOption[];
  readonly placeholder?: string | undefined;
  readonly name?: string | undefined;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly optional?: boolean | undefined;
  readonly aside?: ReactNode;
  /** Shown under the options: a link such as "Add a secret". */
  readonly footer?: ReactNode;
  /** What the list says while it has no options. */
  readonly emptyText?: string | undefined;
  readonly isDisabled?: boolean | undefined;
  readonly isMono?: boolean | undefined;
}

/** A combobox over a short, known list. */
export function Select(props: SelectProps) {
  const id = useId();
  const chosen = props.options.find((option) => option.value === props.value);
  return (
    <div className="min-w-0">
      <Base.Root
        items={props.options.map((option) => ({ value: option.value, label: option.label }))}
        value={props.value}
        onValueChange={(value) => value !== null && props.onValueChange(value)}
        name={props.name}
        disabled={props.isDisabled}
      >
        <div className="mb-1.5 flex items-baseline gap-2">
          <Base.Label className="font-medium">{props.label}</Base.Label>
          {(props.optional || props.aside !== undefined) && (
            <span className="ml-auto text-small text-ink-3">{props.aside ?? 'Optional'}</span>
          )}
        </div>
        <Base.Trigger
          className={classNames(
            controlClass,
            'text-left aria-invalid:inset-ring-bad-solid',
            props.isMono && 'font-mono text-base',
          )}
          aria-invalid={props.error !== undefined || undefined}
          aria-describedby={notesOf(id, props)}
        >
          {chosen?.icon}
          <Base.Value className="cut flex-1 data-placeholder:text-ink-3" placeholder={props.placeholder} />
          {chosen?.detail !== undefined && (
            <span className="cut font-sans text-small text-ink-3 max-md:hidden">{chosen.detail}</span>
          )}
          <Base.Icon className="text-ink-3">
            <ChevronsUpDown className="size-3.5" aria-hidden />
          </Base.Icon>
        </Base.Trigger>
        <Base.Portal>
          <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-40">
            <Base.Popup className="max-h-[min(360px,var(--available-height))] min-w-(--anchor-width) max-w-[calc(100vw-32px)] overflow-y-auto rounded-lg bg-surface-raised p-1.5 shadow-pop transition-opacity duration-base outline-none data-ending-style:opacity-0 data-starting-style:opacity-0">
              <Base.List>
                {props.options.map((option) => (
                  <Base.Item
                    key={option.value}
                    value={option.value}
                    className="flex min-h-9 cursor-default items-center gap-2.5 rounded-md px-2 py-1 outline-none data-highlighted:bg-fill-active touch:min-h-touch"
                  >
                    {option.icon}
                    <Base.ItemText
                      className={classNames('cut flex-1', props.isMono && 'font-mono text-small')}
                    >
                      {option.label}
                    </Base.ItemText>
                    {option.detail !== undefined && (
                      <span className="text-small text-ink-3">{option.detail}</span>
                    )}
                    <Base.ItemIndicator className="text-ink-2">
                      <Check className="size-3.5" aria-hidden />
                    </Base.ItemIndicator>
                  </Base.Item>
                ))}
              </Base.List>
              {props.options.length === 0 && (
                <p className="px-2 py-2 text-ink-3">{props.emptyText ?? 'Nothing to choose from'}</p>
              )}
              {props.footer !== undefined && (
                <div className="mt-1.5 border-t border-line px-2 pt-2 pb-1">{props.footer}</div>
              )}
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      </Base.Root>
      <FieldNotes id={id} hint={props.hint} error={props.error} />
    </div>
  );
}

function notesOf(id: string, props: SelectProps): string | undefined {
  if (props.error !== undefined) return `${id}-error`;
  return props.hint !== undefined ? `${id}-hint` : undefined;
}
