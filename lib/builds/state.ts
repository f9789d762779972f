import type { BuildState } from './schema.ts';

/**
 * The life of a build. The queue, the worker and the pages read it from this one table.
 *
 *     queued ──claim──> running ──> succeeded | failed | cancelled
 *       │  ^               │
 *       │  └───requeue─────┘   the worker or the build's process was lost, or the worker stops
 *       └──cancel──> cancelled
 */
export const nextStates: Readonly<Record<BuildState, readonly BuildState[]>> = {
  queued: ['running', 'cancelled'],
  running: ['succeeded', 'failed', 'cancelled', 'queued'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

/** With this loss of its worker or of its process a build fails; before it, it is taken up again. */
export const lossesMax = 3;

export function canBecome(from: BuildState, to: BuildState): boolean {
  return nextStates[from].includes(to);
}

/** True of a state that a build never leaves. */
export function isFinal(state: BuildState): boolean {
  return nextStates[state].length === 0;
}

/** Where a build goes whose attempt was lost: it ended neither well nor badly. `losses` counts this one. */
export function stateAfterLoss(lost: {
  readonly losses: number;
  readonly isCancelRequested: boolean;
}): BuildState {
  if (lost.isCancelRequested) return 'cancelled';
  return lost.losses < lossesMax ? 'queued' : 'failed';
}
