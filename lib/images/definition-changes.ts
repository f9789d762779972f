import { clip } from '#lib/errors/clip.ts';
import type { Definition } from './schema.ts';
import { splitReference } from './split-reference.ts';
import { type StepChange, stepChanges } from './step-changes.ts';

/** A field of a definition that has another value; null where it has none. */
interface FieldChange {
  readonly name: 'Base' | 'Secret' | 'Platform' | 'Python';
  readonly before: string | null;
  readonly after: string | null;
}

export interface DefinitionChanges {
  readonly fields: readonly FieldChange[];
  /** The steps that are not as they were, in order. */
  readonly steps: readonly StepChange[];
}

/** How one definition became another, without what stayed. */
export function definitionChanges(before: Definition, after: Definition): DefinitionChanges {
  const fields: readonly FieldChange[] = [
    { name: 'Base', before: before.reference, after: after.reference },
    { name: 'Secret', before: before.secret, after: after.secret },
    { name: 'Platform', before: before.platform, after: after.platform },
    { name: 'Python', before: before.add_python, after: after.add_python },
  ];
  return {
    fields: fields.filter((field) => field.before !== field.after),
    steps: stepChanges(before.steps, after.steps).filter(({ way }) => way !== 'same'),
  };
}

/** The same in one line: "tag 3.12 -> 3.13, step 2: +numpy, apt_install added". */
export function summaryOfChanges({ fields, steps }: DefinitionChanges): string {
  const parts = [...fields.map(summaryOfField), ...steps.map(summaryOfStep)];
  if (parts.length === 0) return 'No change';
  const rest = parts.length - partsMax;
  return [...parts.slice(0, partsMax), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

/** A line has room for no more, and what changed is in the whole list. */
const partsMax = 3;
const partMax = 60;

function summaryOfField({ name, before, after }: FieldChange): string {
  if (name === 'Base') return summaryOfBase(before ?? '', after ?? '');
  const noun = name === 'Python' ? name : name.toLowerCase();
  return after === null ? `no ${noun}` : clip(`${noun} ${after}`, partMax);
}

function summaryOfBase(before: string, after: string): string {
  const [old, current] = [splitReference(before), splitReference(after)];
  const isOfOne = old.host === current.host && old.path === current.path && old.name === current.name;
  // Nobody reads a digest in a line.
  if (!isOfOne || `${old.tag}${current.tag}`.includes('@')) return clip(`base ${after}`, partMax);
  const tagOf = ({ tag }: typeof old) => tag.slice(1) || 'latest';
  return clip(`tag ${tagOf(old)} -> ${tagOf(current)}`, partMax);
}

function summaryOfStep({ way, after, title, summary }: StepChange): string {
  const [kind = ''] = title.split(' ');
  if (way !== 'changed') return `${kind} ${way}`;
  return clip(`step ${(after ?? 0) + 1}: ${summary ?? `${kind} changed`}`, partMax);
}
