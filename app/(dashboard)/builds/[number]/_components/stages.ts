import { formatCount } from '#lib/builds/format.ts';
import type { BuildView, StageView } from '#lib/builds/types.ts';

export const stageStateWords: Readonly<Record<StageView['state'], string>> = {
  waiting: 'Waiting',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  skipped: 'Skipped',
  not_reached: 'Not reached',
};

/** The stages of a build as its page lists them. A build without steps has no stage for them. */
export function shownStages(view: BuildView): readonly StageView[] {
  const hasSteps = (view.facts.stepCount ?? 0) > 0;
  return view.stages.filter(
    ({ name, state }) => name !== 'steps' || hasSteps || ['running', 'done', 'failed'].includes(state),
  );
}

/** How long a stage took, or has been under way; null before it began. */
export function stageDurationMs(
  stage: Pick<StageView, 'startedAt' | 'endedAt'>,
  nowMs: number | null,
): number | null {
  if (stage.startedAt === null) return null;
  const endMs = stage.endedAt === null ? nowMs : Date.parse(stage.endedAt);
  return endMs === null ? null : Math.max(0, endMs - Date.parse(stage.startedAt));
}

/** Bytes in place and bytes in all of the layers that are known. */
export function layerProgress(view: Pick<BuildView, 'layers'>): {
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly inPlace: number;
} {
  return view.layers.reduce(
    (sum, layer) => ({
      doneBytes: sum.doneBytes + layer.doneBytes,
      totalBytes: sum.totalBytes + layer.sizeBytes,
      inPlace: sum.inPlace + (layer.state === 'verified' || layer.state === 'reused' ? 1 : 0),
    }),
    { doneBytes: 0, totalBytes: 0, inPlace: 0 },
  );
}

/** Of the stage that is under way the share done, 0 to 1: of bytes while layers come, of steps while steps run. */
export function shareDone(view: BuildView): number {
  if (view.stages.some(({ name, state }) => name === 'steps' && state === 'running')) {
    const ended = view.steps.filter(({ state }) => state === 'cached' || state === 'done').length;
    return view.steps.length === 0 ? 0 : ended / view.steps.length;
  }
  const { doneBytes, totalBytes } = layerProgress(view);
  return totalBytes === 0 ? 0 : doneBytes / totalBytes;
}

/** What a build that stops leaves behind, as a sentence without its end. */
export function layersKept(inPlace: number): string {
  if (inPlace === 0) return 'What arrived stays in the store';
  return inPlace === 1
    ? 'The layer in place stays in the store'
    : `The ${formatCount(inPlace)} layers in place stay in the store`;
}
