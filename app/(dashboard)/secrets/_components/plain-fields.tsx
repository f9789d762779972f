'use client';

import { secretFields } from '#lib/secrets/fields.ts';
import type { FieldsProps } from './fields-props.ts';
import { typedValue, withValue } from './form-draft.ts';
import { ValueField } from './value-field.tsx';

/** One control for each key of the chosen type, or for those in `keys` alone, in the type's order. */
export function PlainFields(props: FieldsProps & { readonly keys?: readonly string[] }) {
  const { draft, onChange, check, errorOf, keys } = props;
  return secretFields[draft.type]
    .filter(({ key }) => keys === undefined || keys.includes(key))
    .map((field) => (
      <ValueField
        key={`${draft.type}/${field.key}`}
        field={field}
        value={typedValue(draft, field.key)}
        onChange={(value) => onChange(withValue(draft, field.key, value))}
        error={errorOf(field.key)}
        warning={check.warnings[field.key]}
      />
    ));
}
