'use client';

import { GitCompareArrows } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { Status } from '#app/_components/status.tsx';
import { Age } from '#app/_components/time.tsx';
import { formatBytes, formatDuration } from '#lib/builds/format.ts';
import { buildStateSchema } from '#lib/builds/schema.ts';
import type { ImageBuild } from '#lib/images/types.ts';

/** The builds of an image, newest first; two of them can be chosen to be compared. */
export function BuildsList(props: {
  /** The image's. */
  readonly name: string;
  readonly builds: readonly ImageBuild[];
  /** Whether there are others, which the history shows. */
  readonly hasOlder: boolean;
}) {
  const { name, builds, hasOlder } = props;
  const [newest] = builds;
  const before = builds.slice(1).find(({ state }) => state === 'succeeded') ?? builds[1];
  const [chosen, setChosen] = useState<Pair | null>(null);
  const pair = chosen ?? { a: before?.number, b: newest?.number };
  return (
    <section aria-labelledby="builds-heading">
      <form action="/builds/compare">
        <header className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-2">
          <h2 id="builds-heading" className="font-semibold">
            Builds
          </h2>
          {hasOlder && <p className="text-small text-ink-3 tabular-nums">The newest {builds.length}</p>}
          {newest !== undefined && (
            <Link
              href={`/?image=${encodeURIComponent(name)}`}
              className="text-small text-tide hover:underline touch:inline-flex touch:h-touch touch:items-center"
            >
              All builds
            </Link>
          )}
          {before !== undefined && (
            <Button type="submit" size="sm" icon={<GitCompareArrows />} className="ml-auto">
              Compare two
            </Button>
          )}
        </header>
        {newest === undefined ? (
          <p className="text-ink-3">Not built yet.</p>
        ) : (
          <ul className="grid">
            {builds.map((build) => (
              <li
                key={build.number}
                className="flex flex-wrap items-center gap-x-3 gap-y-0.5 border-t border-line py-2 first:border-t-0"
              >
                <Status state={buildStateSchema.parse(build.state)} />
                <Link
                  href={`/builds/${build.number}`}
                  className="text-tide tabular-nums hover:underline touch:inline-flex touch:h-touch touch:min-w-touch touch:items-center"
                >
                  #{build.number}
                </Link>
                <span className="text-small text-ink-3 tabular-nums max-md:order-2">{factsOf(build)}</span>
                <span className="ml-auto text-small text-ink-3 max-md:order-3">
                  <Age at={build.createdAt} />
                </span>
                {before !== undefined && (
                  <span className="flex gap-1 text-small text-ink-3 max-md:-my-1.5 max-md:ml-auto">
                    {ends.map(({ name, word }) => (
                      <Choice
                        key={name}
                        name={name}
                        word={word}
                        number={build.number}
                        isChosen={pair[name] === build.number}
                        onChoose={() => setChosen({ ...pair, [name]: build.number })}
                      />
                    ))}
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
      </form>
    </section>
  );
}

/** The builds that are compared, by number: the first with the second. */
interface Pair {
  readonly a: number | undefined;
  readonly b: number | undefined;
}

const ends = [
  { name: 'a', word: 'From' },
  { name: 'b', word: 'To' },
] as const;

/** One end of a comparison. */
function Choice(props: {
  readonly name: 'a' | 'b';
  readonly word: string;
  readonly number: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  return (
    <label className="inline-flex cursor-pointer items-center gap-1 rounded-sm px-1 hover:text-ink touch:min-h-touch touch:min-w-touch">
      <input
        type="radio"
        name={props.name}
        value={props.number}
        checked={props.isChosen}
        onChange={props.onChoose}
        className="size-3.5 accent-tide-solid"
      />
      {props.word}
      <span className="sr-only"> build {props.number}</span>
    </label>
  );
}

function factsOf({ revision, startedAt, endedAt, stepCount, stepsCached, resultBytes }: ImageBuild): string {
  const tookMs = startedAt === null || endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt);
  return [
    revision === null ? null : `r${revision}`,
    tookMs === null ? null : formatDuration(tookMs),
    stepsCached === null ? null : `${stepsCached} of ${stepCount} steps from the cache`,
    resultBytes === null ? null : formatBytes(resultBytes),
  ]
    .filter((part) => part !== null)
    .join(', ');
}
