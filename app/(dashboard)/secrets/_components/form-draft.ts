import { secretFields } from '#lib/secrets/fields.ts';
import type { SecretType } from '#lib/secrets/schema.ts';

/** One key and value of a custom secret, while it is typed. */
export interface CustomRow {
  /** Tells rows apart in the form; means nothing elsewhere. */
  readonly id: number;
  readonly key: string;
  readonly value: string;
}

/** All that was typed into the form. Values live here and nowhere else until they are sealed. */
export interface FormDraft {
  readonly type: SecretType;
  readonly name: string;
  /** By `type/key`, so that a look at another type loses nothing and carries nothing over. */
  readonly typed: Readonly<Record<string, string>>;
  readonly awsSignIn: 'key' | 'role';
  /** As typed: patterns between spaces or commas. */
  readonly repositories: string;
  readonly rows: readonly CustomRow[];
}

/** Where a draft begins: empty, or with what is public of the secret whose values are replaced. */
export function newDraft(options: {
  readonly type: SecretType;
  readonly name?: string | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly facts?: Readonly<Record<string, string>> | undefined;
}): FormDraft {
  const { type, name = '', keys = [], facts = {} } = options;
  const known = secretFields[type].filter(
    ({ key, isSensitive }) => !isSensitive && Object.hasOwn(facts, key),
  );
  const customKeys = type === 'custom' && keys.length > 0 ? keys : [''];
  return {
    type,
    name,
    typed: Object.fromEntries(known.map(({ key }) => [`${type}/${key}`, facts[key] ?? ''])),
    awsSignIn: facts.AWS_ROLE_ARN === undefined ? 'key' : 'role',
    repositories: '',
    rows: customKeys.map((key, id) => ({ id, key, value: '' })),
  };
}

export function typedValue(draft: FormDraft, key: string): string {
  return draft.typed[`${draft.type}/${key}`] ?? '';
}

export function withValue(draft: FormDraft, key: string, value: string): FormDraft {
  return { ...draft, typed: { ...draft.typed, [`${draft.type}/${key}`]: value } };
}

export function withRow(draft: FormDraft, id: number, change: Partial<Omit<CustomRow, 'id'>>): FormDraft {
  return { ...draft, rows: draft.rows.map((row) => (row.id === id ? { ...row, ...change } : row)) };
}

export function withNewRow(draft: FormDraft): FormDraft {
  const id = Math.max(-1, ...draft.rows.map((row) => row.id)) + 1;
  return { ...draft, rows: [...draft.rows, { id, key: '', value: '' }] };
}

export function withoutRow(draft: FormDraft, id: number): FormDraft {
  return { ...draft, rows: draft.rows.filter((row) => row.id !== id) };
}

/** What would be sealed now: the chosen type's keys that hold something, without a role that is not chosen. */
export function valuesOf(draft: FormDraft): Readonly<Record<string, string>> {
  if (draft.type === 'custom') {
    return Object.fromEntries(filledRows(draft).map(({ key, value }) => [key, value]));
  }
  const entries = secretFields[draft.type]
    .filter(({ key }) => draft.awsSignIn === 'role' || !roleKeys.has(key))
    .map(({ key }) => [key, typedValue(draft, key)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

/** Rows in which anything stands: an empty one that is left over is no key. */
export function filledRows(draft: FormDraft): readonly CustomRow[] {
  return draft.rows.filter(({ key, value }) => key !== '' || value !== '');
}

const roleKeys: ReadonlySet<string> = new Set(['AWS_ROLE_ARN', 'AWS_EXTERNAL_ID']);
