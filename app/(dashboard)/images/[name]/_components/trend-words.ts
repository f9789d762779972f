import { formatBytes, formatDuration } from '#lib/builds/format.ts';
import type { TrendBuild } from '#lib/images/types.ts';
import { partsOf } from './trend-geometry.ts';

/** What marks a build on a trend beside its bar. */
export type TrendMark = 'failed' | 'cancelled' | 'cached' | 'running' | null;

export function markOf({ state, stepCount, stepsCached }: TrendBuild): TrendMark {
  if (state === 'failed' || state === 'cancelled') return state;
  if (state !== 'succeeded') return 'running';
  return stepCount > 0 && stepsCached === stepCount ? 'cached' : null;
}

/** "48s: pull 12s, steps 30s, other 6s"; an en dash of one that has not ended. */
export function timeText(build: TrendBuild): string {
  if (build.tookMs === null) return '–';
  const parts = partsOf(build)
    .filter(([, ms]) => ms > 0)
    .map(([name, ms]) => `${partWords[name]} ${formatDuration(ms)}`);
  return `${formatDuration(build.tookMs)}${parts.length > 1 ? `: ${parts.join(', ')}` : ''}`;
}

export function sizeText({ sizeBytes }: TrendBuild): string {
  return sizeBytes === null ? '–' : formatBytes(sizeBytes);
}

export function cacheText({ stepCount, stepsCached }: TrendBuild): string {
  if (stepCount === 0 || stepsCached === null) return '–';
  return `${stepsCached} of ${stepCount} from the cache`;
}

/** All of it in one line, for whoever hovers or listens. */
export function buildText(build: TrendBuild): string {
  const parts = [timeText(build), sizeText(build), cacheText(build)].filter((part) => part !== '–');
  return [`#${build.number} ${stateWords[build.state] ?? build.state}`, ...parts].join(', ');
}

export const stateWords: Readonly<Record<string, string>> = {
  queued: 'queued',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
};

const partWords = { pull: 'pull', steps: 'steps', rest: 'other', size: 'size' } as const;
