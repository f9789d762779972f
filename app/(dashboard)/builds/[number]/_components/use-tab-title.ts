'use client';

import { useEffect, useState } from 'react';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildHead, BuildView } from '#lib/builds/types.ts';
import { followRows } from '../../../_components/live-rows.ts';
import { buildTitle } from './build-title.ts';

/**
 * The tab tells how the build goes while one looks at another. The page's own stream rests in the background; the rows
 * of the workspace, which all tabs share, come in there too.
 */
export function useTabTitle(head: BuildHead, state: BuildView['state']): void {
  const [told, setTold] = useState(state);
  useEffect(() => setTold(state), [state]);
  useEffect(
    () =>
      followRows((message) => {
        if (message.kind !== 'rows') return;
        const row = message.rows.find(({ number }) => number === head.number);
        // A row may come in later than the event that ended the build.
        if (row !== undefined) setTold((last) => (isFinal(last) ? last : row.state));
      }),
    [head.number],
  );
  const title = buildTitle(head, told);
  useEffect(() => {
    document.title = title;
  }, [title]);
}
