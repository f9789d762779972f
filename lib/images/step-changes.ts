import { type Aligned, align } from './align.ts';
import { previewOfStep } from './dockerfile.ts';
import type { BuiltStep } from './schema.ts';
import { canonicalStep } from './step-keys.ts';
import { titleOfStep } from './step-title.ts';
import { changeOf } from './why.ts';

/** What became of one step between two definitions. Indexes count from 0; null where the definition does not have it. */
export interface StepChange {
  readonly way: 'same' | 'changed' | 'moved' | 'added' | 'removed';
  readonly before: number | null;
  readonly after: number | null;
  readonly title: string;
  /** Of a step that changed, in short: "+numpy -scipy". */
  readonly summary: string | null;
  /** Its instructions: what went, what came, what stayed. */
  readonly lines: readonly DiffLine[];
}

export interface DiffLine {
  readonly sign: '+' | '-' | ' ';
  readonly text: string;
}

/**
 * How one chain of steps became another. What is alike is found first; of the rest, a step that stands elsewhere has moved, and one
 * that has another of its kind across from it has changed.
 */
export function stepChanges(
  before: readonly BuiltStep[],
  after: readonly BuiltStep[],
): readonly StepChange[] {
  const [old, current] = [before.map(identityOf), after.map(identityOf)];
  const aligned = withMoves(align(old, current), { old, current });
  return pairOfKind(aligned, before, after).map((place) => changeAt(place, { before, after, old, current }));
}

interface Place extends Aligned {
  readonly isMoved: boolean;
}

function withMoves(
  aligned: readonly Aligned[],
  { old, current }: { readonly old: readonly string[]; readonly current: readonly string[] },
): readonly Place[] {
  const gone = aligned.flatMap(({ before, after }) => (after === null && before !== null ? [before] : []));
  const moved = new Map<number, number>();
  for (const { before, after } of aligned) {
    if (before !== null || after === null) continue;
    const from = gone.findIndex((index) => old[index] === current[after]);
    if (from !== -1) moved.set(after, gone.splice(from, 1)[0] as number);
  }
  const sources = new Set(moved.values());
  return aligned.flatMap(({ before, after }) => {
    if (after === null && before !== null && sources.has(before)) return [];
    const from = after === null ? undefined : moved.get(after);
    return [{ before: from ?? before, after, isMoved: from !== undefined }];
  });
}

/**
 * A step that went and one that came, of one kind and with nothing alike between them, are one step that changed; so are the only two
 * of their kind that are left.
 */
function pairOfKind(
  places: readonly Place[],
  before: readonly BuiltStep[],
  after: readonly BuiltStep[],
): readonly Place[] {
  const partners = new Map<Place, Place>();
  const kindOf = ({ before: b, after: a }: Place) => (b === null ? after[a ?? -1] : before[b])?.kind;
  const pairUp = (
    stretch: readonly Place[],
    isSure: (gone: readonly Place[], came: readonly Place[]) => boolean,
  ) => {
    const isPaired = new Set([...partners.keys(), ...partners.values()]);
    const left = stretch.filter((place) => !isPaired.has(place));
    for (const kind of new Set(left.map(kindOf))) {
      const ofKind = left.filter((place) => kindOf(place) === kind);
      const gone = ofKind.filter((place) => place.after === null);
      const came = ofKind.filter((place) => place.before === null);
      if (!isSure(gone, came)) continue;
      for (const [at, place] of came.slice(0, gone.length).entries()) partners.set(place, gone[at] as Place);
    }
  };
  for (const stretch of stretchesOf(places)) pairUp(stretch, () => true);
  pairUp(places, (gone, came) => gone.length === 1 && came.length === 1);
  const taken = new Set(partners.values());
  return places
    .filter((place) => !taken.has(place))
    .map((place) => ({ ...place, before: partners.get(place)?.before ?? place.before }));
}

/** What lies between steps that are alike; those that moved are in no one's way. */
function stretchesOf(places: readonly Place[]): readonly (readonly Place[])[] {
  const stretches: Place[][] = [[]];
  for (const place of places) {
    if (place.before === null || place.after === null) stretches.at(-1)?.push(place);
    else if (!place.isMoved) stretches.push([]);
  }
  return stretches;
}

interface Sides {
  readonly before: readonly BuiltStep[];
  readonly after: readonly BuiltStep[];
  readonly old: readonly string[];
  readonly current: readonly string[];
}

function changeAt({ before: b, after: a, isMoved }: Place, sides: Sides): StepChange {
  const [was, is] = [b === null ? undefined : sides.before[b], a === null ? undefined : sides.after[a]];
  const shown = is ?? was;
  const common = { before: b, after: a, title: shown === undefined ? '' : titleOfStep(shown) };
  const [oldLines, newLines] = [linesOf(was), linesOf(is)];
  if (was === undefined || is === undefined) {
    const way = was === undefined ? 'added' : 'removed';
    const sign = was === undefined ? '+' : '-';
    const lines = [...oldLines, ...newLines].map((text) => ({ sign, text }) as const);
    return { ...common, way, summary: null, lines };
  }
  const isAlike = sides.old[b ?? -1] === sides.current[a ?? -1];
  const lines = align(oldLines, newLines).map((line): DiffLine => {
    if (line.before === null) return { sign: '+', text: newLines[line.after ?? -1] ?? '' };
    return { sign: line.after === null ? '-' : ' ', text: oldLines[line.before] ?? '' };
  });
  if (isAlike) return { ...common, way: isMoved ? 'moved' : 'same', summary: null, lines };
  return { ...common, way: 'changed', summary: summaryOf(was, is), lines };
}

function summaryOf(was: BuiltStep, is: BuiltStep): string | null {
  // Of commands the lines say all of it; of files that they copy, nothing.
  const isOfCommands = is.kind === 'run_commands' || is.kind === 'dockerfile_commands';
  const isTold = isOfCommands && was.kind === is.kind && linesOf(was).join('\n') !== linesOf(is).join('\n');
  const change = isTold || canonicalStep(was) === canonicalStep(is) ? '' : changeOf(was, is);
  const parts = [change, secretsChange(was, is)];
  if (isForced(was) !== isForced(is)) parts.push(isForced(is) ? 'force_build set' : 'force_build taken away');
  const told = parts.filter((part) => part !== '');
  return told.length === 0 ? null : told.join(', ');
}

function secretsChange(was: BuiltStep, is: BuiltStep): string {
  const [old, current] = [secretsOf(was), secretsOf(is)];
  if (old.join() === current.join()) return '';
  const came = current.filter((name) => !old.includes(name)).map((name) => `+${name}`);
  const went = old.filter((name) => !current.includes(name)).map((name) => `-${name}`);
  const changes = [...came, ...went];
  return changes.length === 0 ? 'secrets in another order' : `secrets ${changes.join(' ')}`;
}

function secretsOf(step: BuiltStep): readonly string[] {
  return 'secrets' in step ? step.secrets : [];
}

function isForced(step: BuiltStep): boolean {
  return 'force_build' in step && step.force_build;
}

/** All that a step is, the names of its secrets and whether it is forced with it. */
function identityOf(step: BuiltStep): string {
  return JSON.stringify([canonicalStep(step), secretsOf(step), isForced(step)]);
}

/** Long commands at the places where people chain them, so that a difference is a line and not a page. */
function linesOf(step: BuiltStep | undefined): readonly string[] {
  if (step === undefined) return [];
  return previewOfStep(step).flatMap((line) => {
    if (line.length <= longLine) return [line];
    return line.split(/ (?=&& )/).map((part, at) => (at === 0 ? part : `    ${part}`));
  });
}

const longLine = 100;
