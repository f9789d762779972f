import { align } from '#lib/images/align.ts';
import type { ImageContents } from '#lib/images/contents.ts';
import { type PackageChange, packageChanges } from '#lib/images/package-changes.ts';
import type { BuiltStep } from '#lib/images/schema.ts';
import { type StepChange, stepChanges } from '#lib/images/step-changes.ts';
import { buildMsOf, imageBytesOf } from './build-before.ts';
import { addedBytesOf, tookMsOf } from './layers-by-step.ts';
import { type StageName, stageNames } from './schema.ts';
import type { BuildHead, BuildView, StepView } from './types.ts';

/** What is known of a build for comparing it. */
export interface ComparedBuild {
  readonly head: BuildHead;
  /** The fold of its events; what it says of the log does not count. */
  readonly view: BuildView;
  readonly steps: readonly BuiltStep[];
  readonly cachePolicy: string;
  /** The custom secrets of its steps, with the versions that they had. */
  readonly stepSecrets: readonly { readonly name: string; readonly version: number }[];
  /** What is in the image that it came to. Null where that is not known. */
  readonly contents: ImageContents | null;
}

/** A value of each of two builds; null where a build has none, or it is not known. */
export interface Pair<T> {
  readonly before: T | null;
  readonly after: T | null;
}

interface LayerPair extends Pair<number> {
  readonly digest: string;
  readonly createdBy: string | null;
}

export interface StepPair extends StepChange {
  readonly addedBytes: Pair<number>;
  readonly tookMs: Pair<number>;
  /** Whether it was taken from the cache. */
  readonly cached: Pair<boolean>;
}

export interface BuildComparison {
  readonly isSame: boolean;
  readonly os: Pair<string>;
  readonly python: Pair<string>;
  /** Null where the contents of one of them are not known. */
  readonly packages: readonly PackageChange[] | null;
  /** Packages that both have in the same version. */
  readonly packagesAlike: number;
  readonly baseDigest: Pair<string>;
  /** All bytes of the images that they came to, packed. */
  readonly sizeBytes: Pair<number>;
  readonly baseBytes: Pair<number>;
  /** The layers of the bases by their digests, in order. */
  readonly baseLayers: readonly LayerPair[];
  readonly steps: readonly StepPair[];
  readonly stages: readonly (Pair<number> & { readonly name: StageName })[];
  readonly totalMs: Pair<number>;
  readonly secret: Pair<string>;
  readonly stepSecrets: Pair<string>;
}

/** How one build became another. Pure: the same two builds compare alike wherever and whenever that is asked. */
export function compareBuilds(before: ComparedBuild, after: ComparedBuild): BuildComparison {
  const pair = <T>(of: (build: ComparedBuild) => T | null | undefined): Pair<T> => ({
    before: of(before) ?? null,
    after: of(after) ?? null,
  });
  const isKnown = before.contents !== null && after.contents !== null;
  const packages = isKnown
    ? packageChanges(before.contents?.packages ?? [], after.contents?.packages ?? [])
    : null;
  const changedCount = packages?.filter(({ way }) => way !== 'removed').length ?? 0;
  return {
    isSame: before.head.number === after.head.number,
    os: pair(({ contents }) => contents?.os?.name),
    python: pair(({ contents }) => contents?.python?.version),
    packages,
    packagesAlike: isKnown ? (after.contents?.packages.length ?? 0) - changedCount : 0,
    baseDigest: pair(({ view }) => view.facts.baseDigest),
    sizeBytes: pair(({ view }) => imageBytesOf(view)),
    baseBytes: pair(({ view }) => view.facts.totalBytes),
    baseLayers: layerPairs(before.view, after.view),
    steps: stepChanges(before.steps, after.steps).map((change) => stepPair(change, before.view, after.view)),
    stages: stageNames.map((name) => ({ name, ...pair(({ view }) => stageMsOf(view, name)) })),
    totalMs: pair(({ view }) => buildMsOf(view)),
    secret: pair(({ head: { secret } }) => secret && `${secret.name} v${secret.version}`),
    stepSecrets: pair(({ stepSecrets }) =>
      stepSecrets.length === 0
        ? null
        : stepSecrets.map(({ name, version }) => `${name} v${version}`).join(', '),
    ),
  };
}

function layerPairs(before: BuildView, after: BuildView): readonly LayerPair[] {
  const [old, current] = [before, after].map(({ layers }) => layers.map(({ digest }) => digest));
  return align(old ?? [], current ?? []).map((place) => {
    const [was, is] = [before.layers[place.before ?? -1], after.layers[place.after ?? -1]];
    const shown = is ?? was;
    return {
      digest: shown?.digest ?? '',
      createdBy: shown?.createdBy ?? null,
      before: was?.sizeBytes ?? null,
      after: is?.sizeBytes ?? null,
    };
  });
}

function stepPair(change: StepChange, before: BuildView, after: BuildView): StepPair {
  const [was, is] = [before.steps[change.before ?? -1], after.steps[change.after ?? -1]];
  const pair = <T>(of: (step: StepView) => T | null): Pair<T> => ({
    before: was === undefined ? null : of(was),
    after: is === undefined ? null : of(is),
  });
  return {
    ...change,
    addedBytes: pair(addedBytesOf),
    tookMs: pair(tookMsOf),
    cached: pair(({ state }) => state === 'cached'),
  };
}

function stageMsOf({ stages }: BuildView, name: StageName): number | null {
  const stage = stages.find((each) => each.name === name);
  return stage === undefined ? null : buildMsOf(stage);
}
