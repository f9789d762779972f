import type { BuildView, StepView } from './types.ts';

/** A layer of a result, and the step that made it, from 0; null for a layer of the base. */
export interface StepLayer {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly step: number | null;
}

/**
 * The layers of the image that a build's steps made, each with its step. Those of a step follow those of the step before it and
 * have together the size that it added, so sizes say where one ends. Empty where the build came to no such image, or was made
 * before its layers were written down.
 */
export function layersByStep(view: Pick<BuildView, 'layers' | 'steps' | 'facts'>): readonly StepLayer[] {
  const added = view.steps.map((step) => addedBytesOf(step) ?? 0);
  let step = 0;
  let leftBytes = added[0] ?? 0;
  return (view.facts.resultLayers ?? []).map(({ digest, sizeBytes }, index) => {
    if (index < view.layers.length) return { digest, sizeBytes, step: null };
    while (leftBytes <= 0 && step < added.length - 1) {
      step += 1;
      leftBytes = added[step] ?? 0;
    }
    leftBytes -= sizeBytes;
    return { digest, sizeBytes, step };
  });
}

/** What a step added to the image, in this build or in the one that it was kept from. Null where that is not known. */
export function addedBytesOf(step: Pick<StepView, 'addedBytes' | 'made'>): number | null {
  return step.addedBytes ?? step.made?.addedBytes ?? null;
}

/** How long running a step took, in this build or in the one that it was kept from. Null where that is not known. */
export function tookMsOf(step: Pick<StepView, 'startedAt' | 'endedAt' | 'made'>): number | null {
  if (step.startedAt === null || step.endedAt === null) return step.made?.tookMs ?? null;
  return Math.max(0, Date.parse(step.endedAt) - Date.parse(step.startedAt));
}
