'use client';

import { useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { Note } from '#app/_components/note.tsx';
import { formatCount, formatCountOf } from '#lib/builds/format.ts';
import { layersByStep } from '#lib/builds/layers-by-step.ts';
import type { BuildView } from '#lib/builds/types.ts';
import type { ImageContents } from '#lib/images/contents.ts';
import type { FoundContents } from '../../../../api/builds/[number]/contents/route.ts';
import { PackageList } from './package-list.tsx';
import { SizeBars } from './size-bars.tsx';

/** What is in the image that a build came to: its system, its Python, its packages, and where its size comes from. */
export function Contents(props: { readonly number: number; readonly view: BuildView }) {
  const { number, view } = props;
  const { contents } = view.facts;
  const layers = layersByStep(view);
  if (view.state === 'succeeded' && contents === undefined) return <NotKept />;
  if (contents === undefined) return null;
  const { os, python, packageCount, unread } = contents;
  return (
    <section aria-labelledby="contents-heading" className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <header className="flex flex-wrap items-baseline gap-x-3">
        <h2 id="contents-heading" className="font-semibold">
          Contents
        </h2>
        <p className="text-ink-2 tabular-nums">
          {[
            os ?? 'No operating system is named',
            python === null ? 'no Python' : `Python ${python}`,
            formatCountOf(packageCount, 'package'),
          ].join(', ')}
        </p>
      </header>
      {unread.length > 0 && <Note>{unread.join(' ')}</Note>}
      {layers.length > 0 && <SizeBars layers={layers} view={view} />}
      {packageCount > 0 && <Packages number={number} count={packageCount} />}
    </section>
  );
}

function NotKept() {
  return (
    <section aria-labelledby="contents-heading" className="grid grid-cols-[minmax(0,1fr)] gap-1">
      <h2 id="contents-heading" className="font-semibold">
        Contents
      </h2>
      <p className="text-ink-3">
        What is in this image was not kept: builds of that time did not look. Re-run it, and the new build
        says it; what is in the cache is not run again.
      </p>
    </section>
  );
}

/** Packages come when they are asked for: an image may have thousands. */
function Packages({ number, count }: { readonly number: number; readonly count: number }) {
  const [found, setFound] = useState<ImageContents | 'none' | 'closed' | 'loading' | 'lost'>('closed');

  async function load() {
    setFound('loading');
    try {
      const response = await fetch(`/api/builds/${number}/contents`);
      if (!response.ok) throw new Error(`Answered with ${response.status}`);
      const { contents } = (await response.json()) as FoundContents;
      setFound(contents ?? 'none');
    } catch {
      setFound('lost');
    }
  }

  if (typeof found === 'object') {
    return (
      <>
        <PackageList packages={found.packages} />
        {found.omitted > 0 && (
          <p className="text-small text-ink-3">{formatCount(found.omitted)} more are not listed.</p>
        )}
      </>
    );
  }
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button size="sm" isBusy={found === 'loading'} busyLabel="Loading packages" onClick={() => void load()}>
        Show {formatCountOf(count, 'package')}
      </Button>
      {found === 'lost' && (
        <p role="alert" className="text-small text-bad-fg">
          The server did not hand them out. Try again in a moment.
        </p>
      )}
      {found === 'none' && (
        <p role="alert" className="text-small text-ink-3">
          The list of them is not kept any more. Re-run the build to have it again.
        </p>
      )}
    </div>
  );
}
