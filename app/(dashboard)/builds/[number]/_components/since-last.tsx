import { Check, GitCompareArrows, Hammer } from 'lucide-react';
import Link from 'next/link';
import { Button } from '#app/_components/button.tsx';
import { type BuildBefore, buildMsOf, imageBytesOf, whyOfBuild } from '#lib/builds/build-before.ts';
import { formatBytes, formatDelta, formatDuration } from '#lib/builds/format.ts';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildHead, BuildView } from '#lib/builds/types.ts';

/** Whether the build found what it needed or made it, why, and how it stands to the last build of the same image. */
export function SinceLast(props: {
  readonly head: BuildHead;
  readonly view: BuildView;
  readonly before: BuildBefore | null;
}) {
  const { head, view, before } = props;
  const found = whyOfBuild(props);
  if (found === null && before === null) return null;
  return (
    <section aria-label="Why" className="flex flex-wrap items-center gap-x-3 gap-y-2">
      {found !== null && (
        <p className="inline-flex min-w-0 items-baseline gap-2 wrap-anywhere">
          {found.isHit ? (
            <Check aria-hidden className="size-3.5 self-center text-ok-fg" />
          ) : (
            <Hammer aria-hidden className="size-3.5 self-center text-ink-3" />
          )}
          <span>
            <span className="font-medium">{wordOf(view, found.isHit)}</span>: {found.why}
          </span>
        </p>
      )}
      {before !== null && (
        <p className="text-small text-ink-3 tabular-nums">
          Last build{' '}
          <Link
            href={`/builds/${before.number}`}
            className="text-tide underline decoration-tide-line underline-offset-3 touch:inline-flex touch:h-touch touch:items-center"
          >
            #{before.number}
          </Link>
          {figuresOf(view, before)}
        </p>
      )}
      {before !== null && isFinal(view.state) && (
        <Button
          size="sm"
          className="ml-auto max-md:ml-0"
          icon={<GitCompareArrows />}
          href={`/builds/compare?a=${before.number}&b=${head.number}`}
        >
          Compare with #{before.number}
        </Button>
      )}
    </section>
  );
}

function wordOf(view: BuildView, isHit: boolean): string {
  if (isHit) return 'Hit';
  return view.steps.length > 0 ? 'Rebuilt' : 'Pulled';
}

/** ": 12s (+3s), 1.20 GB (the same)" */
function figuresOf(view: BuildView, before: BuildBefore): string {
  const [tookMs, sizeBytes] = [buildMsOf(view), imageBytesOf(view)];
  const parts = [
    before.tookMs === null
      ? null
      : withDelta(
          formatDuration(before.tookMs),
          tookMs === null ? null : tookMs - before.tookMs,
          formatDuration,
        ),
    before.sizeBytes === null
      ? null
      : withDelta(
          formatBytes(before.sizeBytes),
          sizeBytes === undefined ? null : sizeBytes - before.sizeBytes,
          formatBytes,
        ),
  ].filter((part) => part !== null);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function withDelta(text: string, delta: number | null, format: (amount: number) => string): string {
  return delta === null ? text : `${text} (${formatDelta(delta, format)} now)`;
}
