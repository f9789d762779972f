import Link from 'next/link';
import { Avatar } from '#app/_components/avatar.tsx';
import { Badge } from '#app/_components/badge.tsx';
import { ImageReference } from '#app/_components/image-reference.tsx';
import { Status } from '#app/_components/status.tsx';
import { Time } from '#app/_components/time.tsx';
import type { ComparedBuild } from '#lib/builds/compare.ts';

/** Which two builds these are. */
export function ComparedHeads(props: { readonly before: ComparedBuild; readonly after: ComparedBuild }) {
  return (
    <div className="grid grid-cols-2 gap-x-7 gap-y-4 px-6 pt-2 pb-5 max-md:grid-cols-1 max-md:px-4">
      <Head build={props.before} word="From" />
      <Head build={props.after} word="To" />
    </div>
  );
}

function Head({ build, word }: { readonly build: ComparedBuild; readonly word: string }) {
  const { head, view } = build;
  return (
    <section
      aria-label={`${word} build ${head.number}`}
      className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-1.5"
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="text-small text-ink-3">{word}</span>
        <Link
          href={`/builds/${head.number}`}
          className="font-semibold text-tide tabular-nums hover:underline touch:inline-flex touch:h-touch touch:items-center"
        >
          #{head.number}
        </Link>
        <Status state={view.state} />
        {head.image !== null && (
          <Link
            href={`/images/${encodeURIComponent(head.image.name)}`}
            className="inline-flex min-w-0 items-center gap-1.5 text-tide hover:underline touch:h-touch"
          >
            <span className="cut">{head.image.name}</span>
            <Badge>r{head.image.revision}</Badge>
          </Link>
        )}
      </div>
      <ImageReference reference={head.reference} />
      <p className="flex flex-wrap items-center gap-x-2 text-small text-ink-3">
        <Avatar name={head.requesterName} />
        <span className="cut">{head.requesterName}</span>
        <Time at={head.createdAt} format="exact" className="tabular-nums" />
      </p>
      {view.state === 'failed' && view.error !== null && (
        <p className="text-small text-bad-fg">
          {view.error.what}. {view.error.why}
        </p>
      )}
    </section>
  );
}
