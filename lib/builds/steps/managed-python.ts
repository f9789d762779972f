import type { StepImage } from '#lib/engines/take-result.ts';
import { LayerUnreadableError } from '#lib/images/errors.ts';
import { isPythonManaged } from '#lib/images/python-requirements.ts';
import type { BuiltStep } from '#lib/images/schema.ts';
import { openStored } from './open-stored.ts';
import type { RunStepsOptions } from './steps-work.ts';

/**
 * Whether a step that installs Python packages finds a Python that installs none without being told to, by looking at the image that it
 * begins on: any step before it may have brought one. Where that cannot be read it is told, which no other Python minds.
 */
export async function findsManagedPython(
  step: BuiltStep,
  options: Pick<RunStepsOptions, 'store' | 'log' | 'signal'> & { readonly base: StepImage },
): Promise<boolean> {
  if (step.kind !== 'pip_install' && step.kind !== 'uv_pip_install') return false;
  try {
    return await isPythonManaged(await openStored(options.base, options));
  } catch (error) {
    if (error instanceof LayerUnreadableError) return true;
    throw error;
  }
}
