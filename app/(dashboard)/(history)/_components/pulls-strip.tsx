import { PullsLeftFigure } from '../../_components/pulls-left.tsx';
import type { PullsLeftFacts } from '../../_components/pulls-left-facts.ts';

/** How many pulls are left, by credential. Nothing where no registry counts. */
export function PullsStrip({ pulls }: { pulls: readonly PullsLeftFacts[] }) {
  if (pulls.length === 0) return null;
  return (
    <ul
      aria-label="Pulls left"
      className="mx-6 mt-1 mb-1 grid grid-cols-[repeat(auto-fit,minmax(260px,1fr))] border-y border-line max-md:mx-0"
    >
      {pulls.slice(0, shownMax).map((one) => (
        <li
          key={`${one.registry} ${one.secretId}`}
          className="max-w-[460px] border-line px-5 py-3.5 first:pl-0 last:pr-0 not-first:border-l max-md:px-4! max-md:not-first:hidden"
        >
          <PullsLeftFigure pulls={one} />
        </li>
      ))}
    </ul>
  );
}

/** The scarcest: all of them are on the pages of their secrets. */
const shownMax = 3;
