'use client';

import { Check } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';

export interface ChoiceCardOption {
  readonly value: string;
  readonly label: string;
  readonly detail?: string | undefined;
  readonly icon?: ReactNode;
}

export interface ChoiceCardsProps {
  readonly legend: string;
  readonly name: string;
  readonly value: string | null;
  readonly onChange: (value: string) => void;
  readonly options: readonly ChoiceCardOption[];
  readonly error?: string | undefined;
}

/** A choice of few, each worth a line of explanation: radios drawn as cards. */
export function ChoiceCards(props: ChoiceCardsProps) {
  const id = useId();
  return (
    <fieldset className="min-w-0" aria-describedby={props.error === undefined ? undefined : `${id}-error`}>
      <legend className="mb-2.5 font-semibold">{props.legend}</legend>
      <div className={classNames('grid gap-2 max-md:grid-cols-2', columns(props.options.length))}>
        {props.options.map((option, index) => (
          <label
            key={option.value}
            className="relative grid cursor-pointer content-start gap-2 rounded-lg bg-surface-raised p-3 inset-ring inset-ring-line-control hover:wash has-checked:inset-ring-[1.5px] has-checked:inset-ring-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ring"
          >
            <input
              type="radio"
              name={props.name}
              value={option.value}
              checked={option.value === props.value}
              onChange={() => props.onChange(option.value)}
              aria-labelledby={`${id}-${index}`}
              aria-describedby={option.detail === undefined ? undefined : `${id}-${index}-detail`}
              className="peer absolute inset-0 cursor-pointer opacity-0"
            />
            {option.icon}
            <span>
              <span id={`${id}-${index}`} className="block font-medium">
                {option.label}
              </span>
              {option.detail !== undefined && (
                <span id={`${id}-${index}-detail`} className="block text-small leading-[1.35] text-ink-3">
                  {option.detail}
                </span>
              )}
            </span>
            <span
              aria-hidden
              className="absolute top-[11px] right-[11px] hidden size-4 place-items-center rounded-full bg-ink text-ink-on peer-checked:grid"
            >
              <Check className="size-2.5" strokeWidth={3} />
            </span>
          </label>
        ))}
      </div>
      {props.error !== undefined && (
        <p id={`${id}-error`} className="mt-1.5 text-body text-bad-fg">
          {props.error}
        </p>
      )}
    </fieldset>
  );
}

function columns(count: number): string {
  if (count >= 5) return 'grid-cols-5 max-lg:grid-cols-3';
  return count === 4 ? 'grid-cols-4' : 'grid-cols-3';
}
