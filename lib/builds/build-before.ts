import { align } from '#lib/images/align.ts';
import { whyBase } from '#lib/images/why-base.ts';
import { addedBytesOf, tookMsOf } from './layers-by-step.ts';
import type { BuildHead, BuildView } from './types.ts';

/** The last build of the same image that came to an image, as far as the next one's page shows it. */
export interface BuildBefore {
  readonly number: number;
  readonly baseDigest: string | null;
  readonly platform: string;
  readonly tookMs: number | null;
  readonly sizeBytes: number | null;
  readonly steps: readonly StepBefore[];
}

export interface StepBefore {
  readonly kind: string;
  readonly title: string;
  readonly addedBytes: number | null;
  readonly tookMs: number | null;
}

export function buildBeforeOf(build: { readonly head: BuildHead; readonly view: BuildView }): BuildBefore {
  const { head, view } = build;
  return {
    number: head.number,
    baseDigest: view.facts.baseDigest ?? null,
    platform: head.platform,
    tookMs: buildMsOf(view),
    sizeBytes: imageBytesOf(view) ?? null,
    steps: view.steps.map((step) => ({
      kind: step.kind,
      title: step.title,
      addedBytes: addedBytesOf(step),
      tookMs: tookMsOf(step),
    })),
  };
}

/** The size of the image that a build came to: of its result, or of its base where it has no steps. */
export function imageBytesOf({ facts, state }: Pick<BuildView, 'facts' | 'state'>): number | undefined {
  if (facts.resultBytes !== undefined) return facts.resultBytes;
  return state === 'succeeded' ? facts.totalBytes : undefined;
}

/** How long a build that ended took; null of one that has not, or was never begun. */
export function buildMsOf({ startedAt, endedAt }: Pick<BuildView, 'startedAt' | 'endedAt'>): number | null {
  if (startedAt === null || endedAt === null) return null;
  return Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));
}

/** Whether a build found what it needed or had to make it, and the one reason, as a sentence without a full stop. */
export interface BuildWhy {
  readonly isHit: boolean;
  readonly why: string;
}

/** Null while that is not known, and of a build that failed before it was. */
export function whyOfBuild(options: {
  readonly head: Pick<BuildHead, 'reference' | 'platform'>;
  readonly view: Pick<BuildView, 'facts' | 'steps' | 'stages'>;
  readonly before: BuildBefore | null;
}): BuildWhy | null {
  const { head, view, before } = options;
  const { steps, facts } = view;
  const first = steps.find(({ state }) => state !== 'cached');
  if (first !== undefined) return { isHit: false, why: first.why };
  if (steps.length > 0) return { isHit: true, why: 'Base and steps are unchanged' };
  const isPlain = view.stages.some(({ name, state }) => name === 'steps' && state === 'skipped');
  if (!isPlain || facts.baseDigest === undefined) return null;
  if (before === null || before.baseDigest === null)
    return { isHit: false, why: 'The first build of this image' };
  const { number, platform, baseDigest: digest } = before;
  const why = whyBase({ ...head, digest: facts.baseDigest }, { number, platform, digest });
  return why === undefined ? { isHit: true, why: 'The base is unchanged' } : { isHit: false, why };
}

/** For each step the one of the build before that it is compared with: the same one, else the one of its kind in its place. */
export function stepsBefore(
  steps: readonly { readonly kind: string; readonly title: string }[],
  before: readonly StepBefore[],
): readonly (StepBefore | null)[] {
  const found: (StepBefore | null)[] = steps.map(() => null);
  const taken = new Set<StepBefore>();
  const pairs = align(
    before.map(({ title }) => title),
    steps.map(({ title }) => title),
  );
  for (const { before: from, after: at } of pairs) {
    const one = from === null ? undefined : before[from];
    if (one === undefined || at === null) continue;
    found[at] = one;
    taken.add(one);
  }
  return steps.map((step, at) => {
    const across = before[at];
    if (found[at] !== null) return found[at] ?? null;
    return across?.kind === step.kind && !taken.has(across) ? across : null;
  });
}
