import Link from 'next/link';
import { Badge } from '#app/_components/badge.tsx';
import { Note } from '#app/_components/note.tsx';
import { Age } from '#app/_components/time.tsx';
import { formatBytes, formatDigestShort } from '#lib/builds/format.ts';
import { findResult } from '#lib/builds/results/open-result.ts';
import { listTaggedResults, type TaggedResult } from '#lib/builds/results/result-tags.ts';
import { reportError } from '#lib/errors/report.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { UseImage } from './use-image.tsx';

/** What builds of an image came to, under their tags, and how to take it from here. */
export async function ImageTags(props: {
  readonly scope: Scope;
  readonly image: { readonly id: string; readonly name: string };
}) {
  const { scope, image } = props;
  const results = await listTaggedResults({ scope, imageId: image.id });
  const [newest] = results;
  if (newest === undefined) return null;
  const refusal = await whyNot(scope, newest.number);
  return (
    <section aria-labelledby="tags">
      <h2 id="tags" className="mb-2 font-semibold">
        Tags
      </h2>
      <ul className="grid">
        {results.map((result) => (
          <TagRow key={result.number} name={image.name} result={result} canTake={refusal === null} />
        ))}
      </ul>
      {refusal !== null && (
        <Note tone="warn" className="mt-2">
          {refusal.what}. {refusal.why} {refusal.next}
        </Note>
      )}
      {refusal === null && newest.isInStore && <UseImage name={image.name} />}
    </section>
  );
}

/** Why the newest result is handed out to nobody now; null when it is. */
async function whyNot(scope: Scope, number: number) {
  try {
    await findResult({ scope, address: { number } });
    return null;
  } catch (error) {
    return reportError(error);
  }
}

function TagRow(props: { readonly name: string; readonly result: TaggedResult; readonly canTake: boolean }) {
  const { name, result, canTake } = props;
  const { tags, number, digest, sizeBytes, builtAt, isInStore } = result;
  const [tag = ''] = tags;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line py-2 first:border-t-0">
      <span className="flex gap-1.5">
        {tags.map((each) => (
          <Badge key={each} isMono>
            {each}
          </Badge>
        ))}
      </span>
      <span className="font-mono text-small text-ink-3" title={digest}>
        {formatDigestShort(digest)}
      </span>
      <span className="text-small text-ink-3 tabular-nums">
        {formatBytes(sizeBytes)},{' '}
        <Link
          href={`/builds/${number}`}
          className="text-tide underline decoration-tide-line underline-offset-3"
        >
          #{number}
        </Link>
        , <Age at={builtAt} />
      </span>
      <span className="ml-auto text-small">
        {!isInStore && <span className="text-ink-3">Not in the store any more; build it again</span>}
        {isInStore && canTake && (
          // No link of the router's: it would fetch the file to look at it.
          <a
            href={`/images/${name}/${tag}.tar`}
            download
            aria-label={`Download ${name}:${tag}`}
            className="inline-flex items-center text-tide hover:underline touch:min-h-touch"
          >
            Download
          </a>
        )}
      </span>
    </li>
  );
}
