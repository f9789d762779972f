'use client';

import { SecretField } from '#app/_components/secret-field.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import { WarningLine } from '#app/_components/warning-line.tsx';
import type { SecretField as FieldOfType } from '#lib/secrets/fields.ts';

export interface ValueFieldProps {
  readonly field: FieldOfType;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error: string | undefined;
  /** What may be wrong with it, though it can be saved. */
  readonly warning: string | undefined;
}

/**
 * The control for one key of a type. It has no `name`: nothing typed here is ever part of a form that the browser
 * could send by itself.
 */
export function ValueField({ field, value, onChange, error, warning }: ValueFieldProps) {
  const shared = {
    id: field.key,
    label: field.label,
    value,
    onChange,
    error,
    hint: <ValueHint field={field} warning={warning} />,
    optional: field.isOptional,
    placeholder: field.placeholder,
    isRequired: !field.isOptional,
  };
  return field.isSensitive ? (
    <SecretField {...shared} isMultiline={field.key === 'SERVICE_ACCOUNT_JSON'} />
  ) : (
    <TextField {...shared} isMono autoComplete="off" />
  );
}

function ValueHint({ field, warning }: Pick<ValueFieldProps, 'field' | 'warning'>) {
  return (
    <>
      {warning !== undefined && <WarningLine text={warning} />}
      <span className="block">{field.hint}</span>
      {field.isSensitive && (
        <span className="block">Write-only. After you save, it can be replaced but not read.</span>
      )}
    </>
  );
}
