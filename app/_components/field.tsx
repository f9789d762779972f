import { CircleX } from 'lucide-react';
import type { ReactNode } from 'react';

export interface FieldProps {
  readonly label: ReactNode;
  /** The id of the control. Its hint and error get `<id>-hint` and `<id>-error`. */
  readonly htmlFor: string;
  readonly children: ReactNode;
  readonly hint?: ReactNode;
  /** What is wrong and what to do, in one sentence. Takes the hint's place in attention, not on the page. */
  readonly error?: string | undefined;
  readonly optional?: boolean | undefined;
  /** A word or link at the right of the label. */
  readonly aside?: ReactNode;
}

/** Label, control, hint and error, tied together for sight and for assistive technology. */
export function Field(props: FieldProps) {
  return (
    <div className="min-w-0">
      <div className="mb-1.5 flex items-baseline gap-2">
        <label htmlFor={props.htmlFor} className="font-medium">
          {props.label}
        </label>
        {(props.optional || props.aside !== undefined) && (
          <span className="ml-auto text-small text-ink-3">{props.aside ?? 'Optional'}</span>
        )}
      </div>
      {props.children}
      <FieldNotes id={props.htmlFor} hint={props.hint} error={props.error} />
    </div>
  );
}

/** The lines under a control; `describedBy` names them. */
export function FieldNotes(props: {
  readonly id: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
}) {
  return (
    <>
      {props.error !== undefined && (
        <p id={`${props.id}-error`} className="mt-1.5 flex gap-1.5 text-body text-bad-fg">
          <CircleX className="mt-[3px] size-3.5" aria-hidden />
          <span>{props.error}</span>
        </p>
      )}
      {props.hint !== undefined && (
        <div id={`${props.id}-hint`} className="mt-1.5 text-small text-ink-3">
          {props.hint}
        </div>
      )}
    </>
  );
}

/** The `aria-describedby` of a control with these notes; undefined when it has none. */
export function describedBy(options: {
  readonly id: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
}): string | undefined {
  const ids = [
    options.error !== undefined && `${options.id}-error`,
    options.hint !== undefined && `${options.id}-hint`,
  ].filter((id) => id !== false);
  return ids.length > 0 ? ids.join(' ') : undefined;
}

/** The box of a one-line control. */
export const controlClass =
  'field-ring flex min-h-9 w-full items-center gap-2 rounded-md bg-surface-raised px-2.5 text-body shadow-control inset-ring inset-ring-line-control hover:inset-ring-ink-4 has-aria-invalid:inset-ring-bad-solid has-disabled:bg-surface-sunken has-disabled:text-ink-3 touch:min-h-touch touch:text-lead';

/** The input inside the box. */
export const inputClass = 'min-w-0 flex-1 self-stretch bg-transparent py-1.5 outline-none touch:min-h-touch';
