import { readPatterns } from '#lib/secrets/repository-pattern.ts';
import { secretNameSchema } from '#lib/secrets/schema.ts';
import { type CheckedSecret, validateSecret } from '#lib/secrets/validate-secret.ts';
import { type FormDraft, filledRows, valuesOf } from './form-draft.ts';

/** A draft as it looks now. Findings are by the id of the control that they belong to. */
export interface DraftCheck {
  readonly checked: CheckedSecret;
  /** Patterns, as they would be saved. */
  readonly repositories: readonly string[];
  /** It can be sealed when there is none. */
  readonly problems: Readonly<Record<string, string>>;
  readonly warnings: Readonly<Record<string, string>>;
}

/** The id of the control for the name; those of typed fields are their keys. */
export const nameId = 'secret-name';
export const repositoriesId = 'repositories';
export const rowKeyId = (id: number) => `key-${id}`;

/** Looks at everything typed, as it is now. Cheap enough for each keystroke. */
export function checkDraft(draft: FormDraft): DraftCheck {
  const checked = validateSecret({ type: draft.type, values: valuesOf(draft) });
  const nameProblem = secretNameSchema.safeParse(draft.name).error?.issues[0]?.message;
  const problems = { ...(nameProblem === undefined ? {} : { [nameId]: nameProblem }) };
  if (draft.type !== 'custom') {
    const { patterns, problem } = readPatterns({ text: draft.repositories, binding: checked });
    const ofPatterns = problem === undefined ? {} : { [repositoriesId]: problem };
    return {
      checked,
      repositories: patterns,
      problems: { ...problems, ...checked.problems, ...ofPatterns },
      warnings: checked.warnings,
    };
  }
  return {
    checked,
    repositories: [],
    problems: { ...problems, ...rowProblems(draft, checked) },
    warnings: rowFindings(draft, checked.warnings),
  };
}

function rowProblems(draft: FormDraft, checked: CheckedSecret): Readonly<Record<string, string>> {
  const found = { ...rowFindings(draft, checked.problems) };
  const seen = new Set<string>();
  for (const { id, key } of filledRows(draft)) {
    if (key !== '' && seen.has(key)) found[rowKeyId(id)] = `${key} stands above already. Use another key.`;
    seen.add(key);
  }
  const first = draft.rows[0];
  const isEmpty = filledRows(draft).length === 0;
  if (isEmpty && first) found[rowKeyId(first.id)] = 'Enter a key, such as HF_TOKEN.';
  return found;
}

/** What was found about each key, at the row that it stands in. */
function rowFindings(
  draft: FormDraft,
  byKey: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const entries = filledRows(draft).flatMap(({ id, key }) =>
    Object.hasOwn(byKey, key) ? [[rowKeyId(id), byKey[key] ?? ''] as const] : [],
  );
  return Object.fromEntries(entries);
}
