import { secretFields } from './fields.ts';
import { type SecretType, valueCharactersMax } from './schema.ts';

/** What looking at the values of one type found. Keyed by key; sentences that say what to do. */
export interface TypeCheck {
  /** Normalised, empty optional ones left out. */
  readonly values: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, string>>;
  readonly problems: Readonly<Record<string, string>>;
  readonly warnings: Readonly<Record<string, string>>;
}

/** A sentence for one field, or nothing to say. */
export type Finding = string | undefined;

/**
 * The values of a type with fields of its own, without the white space that pasting brings along, and the problems that
 * any field can have: missing, too long, broken over lines, not of this type.
 */
export function readFields(
  type: SecretType,
  typed: Readonly<Record<string, string>>,
): {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: Readonly<Record<string, string>>;
} {
  const fields = secretFields[type];
  const read = fields.map(({ key }) => [key, (typed[key] ?? '').trim()] as const);
  const values = Object.fromEntries(read.filter(([, value]) => value !== ''));
  const foreign = Object.keys(typed).filter((key) => !fields.some((field) => field.key === key));
  const problems = present(
    Object.fromEntries([
      ...fields.map((field) => [field.key, problemOf({ ...field, value: values[field.key] ?? '' })] as const),
      ...foreign.map((key) => [key, `Remove ${key}: it does not belong to this type.`] as const),
    ]),
  );
  return { values, problems };
}

/** Only what says something: `{a: undefined}` is `{}`. */
export function present(findings: Readonly<Record<string, Finding>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(findings).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The public ones of a type's values. */
export function publicValues(
  type: SecretType,
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const open = secretFields[type].filter(({ isSensitive }) => !isSensitive);
  return present(Object.fromEntries(open.map(({ key }) => [key, values[key]])));
}

function problemOf(field: {
  readonly value: string;
  readonly label: string;
  readonly isOptional: boolean;
}): Finding {
  const { value, label, isOptional } = field;
  if (value === '')
    return isOptional ? undefined : `Enter the ${label.charAt(0).toLowerCase()}${label.slice(1)}.`;
  if (value.length > valueCharactersMax) return 'Shorten this to 32,768 characters.';
  // A key file is text of many lines; everything else is one line.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (label !== 'Service account JSON' && /[\u0000-\u001f\u007f]/.test(value))
    return 'Paste it again as one line.';
  return undefined;
}
