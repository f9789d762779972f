import Link from 'next/link';
import type { TrendBuild } from '#lib/images/types.ts';
import { cacheText, sizeText, stateWords, timeText } from './trend-words.ts';

/** The trends as figures, newest first. */
export function TrendTable({ builds }: { readonly builds: readonly TrendBuild[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys.
    <section className="mt-1.5 max-h-80 overflow-auto" tabIndex={0} aria-label="Trend as a table">
      <table className="w-full border-collapse text-small">
        <thead>
          <tr className="text-ink-3">
            {['Build', 'State', 'Time', 'Size', 'Steps'].map((name) => (
              <th key={name} scope="col" className="py-1 pr-4 text-left font-regular">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {builds.toReversed().map((build) => (
            <tr key={build.number} className="border-t border-line align-baseline">
              <th scope="row" className="py-1 pr-4 text-left font-regular">
                <Link
                  href={`/builds/${build.number}`}
                  className="text-tide tabular-nums hover:underline touch:inline-flex touch:h-touch touch:items-center"
                >
                  #{build.number}
                </Link>
              </th>
              <td className="py-1 pr-4 text-ink-2">{stateWords[build.state] ?? build.state}</td>
              <td className="py-1 pr-4 tabular-nums">{timeText(build)}</td>
              <td className="py-1 pr-4 whitespace-nowrap tabular-nums">{sizeText(build)}</td>
              <td className="py-1 text-ink-2 tabular-nums">{cacheText(build)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
