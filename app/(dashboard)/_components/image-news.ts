import type { BuildRow } from '#lib/builds/types.ts';

/** A build as a page of images shows it. */
export interface ShownBuild {
  readonly number: number;
  readonly state: string;
}

/** The builds of which a page knows, by the image's name, each in the state that is known of it. */
export type KnownBuilds = ReadonlyMap<string, ReadonlyMap<number, string>>;

/** What a page knows: what it shows, and what it has been told since. */
export function knownBuilds(
  shown: Readonly<Record<string, readonly ShownBuild[]>>,
  told: KnownBuilds = new Map(),
): KnownBuilds {
  return new Map(
    Object.entries(shown).map(([image, builds]) => {
      const states = builds.map(({ number, state }) => [number, state] as const);
      return [image, new Map([...(told.get(image) ?? []), ...states])];
    }),
  );
}

/**
 * Takes in rows that changed. `isNews` where one of them makes the page untrue: a build that it knows in another
 * state, or one that is newer than all that it knows of the image. Each is news once, so that a page that does not
 * come to show it is not read again and again.
 */
export function takeRows(
  known: KnownBuilds,
  rows: readonly BuildRow[],
): { readonly known: KnownBuilds; readonly isNews: boolean } {
  const next = new Map(known);
  let isNews = false;
  for (const { image, number, state } of rows) {
    const builds = image === null ? undefined : next.get(image.name);
    if (image === null || builds === undefined || builds.get(number) === state) continue;
    if (!builds.has(number) && number < Math.max(0, ...builds.keys())) continue;
    next.set(image.name, new Map(builds).set(number, state));
    isNews = true;
  }
  return { known: next, isNews };
}
