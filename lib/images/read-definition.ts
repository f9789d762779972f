import type { z } from 'zod';
import { type Definition, definitionSchema } from './schema.ts';

/** What of a text is no definition: where, and what is expected there. */
export interface DefinitionProblem {
  /** `steps[2].packages[0]`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** A definition, or all that is wrong with the text. */
export type ReadDefinition =
  | { readonly definition: Definition }
  | { readonly problems: readonly DefinitionProblem[] };

/** Reads a definition out of the text of a JSON file. A `$schema` that names its schema is taken and left out. */
export function readDefinition(text: string): ReadDefinition {
  const read = readJson(text);
  return 'problems' in read ? read : parseDefinition(read.value);
}

/** What such a text says, whatever that is. The mark of byte order that some editors write is none of it. */
export function readJson(
  text: string,
): { readonly value: unknown } | Extract<ReadDefinition, { readonly problems: unknown }> {
  try {
    return { value: JSON.parse(text.replace(/^\uFEFF/, '')) };
  } catch (error) {
    return { problems: [{ path: '', message: `This is no JSON${placeOf(error, text)}.` }] };
  }
}

/** The definition that it is. */
export function parseDefinition(value: unknown): ReadDefinition {
  const parsed = definitionSchema.safeParse(withoutSchema(value));
  if (parsed.success) return { definition: parsed.data };
  return { problems: parsed.error.issues.map((issue) => problemOf(issue)).slice(0, problemsShown) };
}

/** Who has more to correct begins with these. */
const problemsShown = 20;

function withoutSchema(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { $schema, ...rest } = value as Record<string, unknown>;
  return typeof $schema === 'string' || $schema === undefined ? rest : value;
}

function problemOf(issue: z.core.$ZodIssue): DefinitionProblem {
  const path = issue.path.reduce<string>(
    (whole, part) =>
      typeof part === 'number' ? `${whole}[${part}]` : `${whole}${whole === '' ? '' : '.'}${String(part)}`,
    '',
  );
  return { path, message: messageOf(issue) };
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined && issue.message.includes('undefined')
        ? `This is missing: ${article(issue.expected)} is expected.`
        : `${article(issue.expected, true)} is expected here.`;
    case 'invalid_value':
      return `One of these is expected: ${issue.values.map((each) => JSON.stringify(each)).join(', ')}.`;
    case 'unrecognized_keys':
      return `There is no ${issue.keys.map((key) => `“${key}”`).join(', ')} here.`;
    case 'invalid_union':
      return `One of these is expected: ${kinds.map((kind) => JSON.stringify(kind)).join(', ')}.`;
    default:
      return issue.message.endsWith('.') ? issue.message : `${issue.message}.`;
  }
}

/** The one union of a definition is that of its steps, told apart by this. */
const kinds = definitionSchema.shape.steps.unwrap().element.options.map((option) => option.shape.kind.value);

function article(expected: string, isFirst = false): string {
  const word = { array: 'a list', object: 'an object', int: 'a whole number' }[expected] ?? `a ${expected}`;
  return isFirst ? word.replace(/^a/, 'A') : word;
}

/** Engines say where in words of their own; what they repeat of the text is left out. */
function placeOf(error: unknown, text: string): string {
  const [, position] = /position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return `: look at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
