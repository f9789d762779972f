import Link from 'next/link';
import { Status, type StatusState } from '#app/_components/status.tsx';
import { Age } from '#app/_components/time.tsx';
import { buildStateSchema } from '#lib/builds/schema.ts';
import type { SecretUse } from '#lib/secrets/types.ts';
import { Section } from './section.tsx';

/** The newest builds that chose this secret. */
export function UsedBy({ builds }: { builds: readonly SecretUse[] }) {
  return (
    <Section title="Used by" id="used-by">
      {builds.length === 0 ? (
        <p className="text-ink-3">No build has used it yet.</p>
      ) : (
        <ul aria-label="Used by" className="border-line border-t">
          {builds.map((build) => (
            <li
              key={build.number}
              className="flex min-h-row items-center gap-4 border-line border-b max-md:flex-wrap max-md:gap-x-3 max-md:py-2"
            >
              <span className="w-28 flex-none">
                <Status state={wordOf(build.state)} />
              </span>
              <Link
                href={`/builds/${build.number}`}
                className="cut min-w-0 flex-1 font-mono text-small hover:underline max-md:order-first max-md:basis-full touch:leading-11"
                title={build.reference}
              >
                {build.reference}
              </Link>
              <span className="text-ink-3 tabular-nums">#{build.number}</span>
              <span className="w-14 text-ink-3 tabular-nums">
                {build.secretVersion === null ? '–' : `v${build.secretVersion}`}
              </span>
              <span className="w-24 text-right text-ink-3 max-md:ml-auto">
                <Age at={build.createdAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** A build's states are words of the interface too. */
function wordOf(state: string): StatusState {
  return buildStateSchema.parse(state);
}
