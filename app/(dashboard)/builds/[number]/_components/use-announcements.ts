'use client';

import { useEffect, useRef } from 'react';
import { useAnnounce } from '#app/_components/live-region.tsx';
import { formatPercent, formatTimeLeft } from '#lib/builds/format.ts';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildView } from '#lib/builds/types.ts';
import { stageLabels } from '../../_components/stage-labels.ts';
import { layerProgress } from './stages.ts';

/** Says aloud what happens to a build: its stages and its end at once, its progress every ten seconds at most. */
export function useAnnouncements(number: number, view: BuildView): void {
  const announce = useAnnounce();
  const running = view.stages.find(({ state }) => state === 'running')?.name;
  const said = useRef({ state: view.state, stage: running, progressMs: 0 });

  useEffect(() => {
    const last = said.current;
    if (view.state !== last.state) {
      said.current = { ...last, state: view.state, stage: running };
      announce(`Build ${number} ${endWords[view.state]}`);
      return;
    }
    if (isFinal(view.state)) return;
    if (running !== undefined && running !== last.stage) {
      said.current = { ...last, stage: running };
      announce(stageLabels[running]);
      return;
    }
    const nowMs = Date.now();
    const { doneBytes, totalBytes } = layerProgress(view);
    if (running !== 'pull' || totalBytes === 0 || nowMs - last.progressMs < progressEveryMs) return;
    said.current = { ...last, progressMs: nowMs };
    announce(progressWords(doneBytes / totalBytes, view.secondsLeft));
  }, [announce, number, view, running]);
}

const progressEveryMs = 10_000;

const endWords: Readonly<Record<BuildView['state'], string>> = {
  queued: 'is queued',
  running: 'is running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
};

/** "Pull 72 percent, about 9 seconds left" */
function progressWords(share: number, secondsLeft: number | null): string {
  const percent = `Pull ${formatPercent(share).replace('%', ' percent')}`;
  return secondsLeft === null
    ? percent
    : `${percent}, ${formatTimeLeft(secondsLeft).replace(/s$/, ' seconds')} left`;
}
