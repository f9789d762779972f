import { linesOfStep } from './dockerfile.ts';
import type { BuiltStep } from './schema.ts';

/**
 * Whether a step has to say CMD once more. In one Dockerfile an ENTRYPOINT takes away the CMD of the base and leaves one that was said
 * before it; to a step that is built by itself the latter is the base's too.
 * https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact
 */
export function repeatsCommand(steps: readonly BuiltStep[], index: number): boolean {
  const step = steps[index];
  if (step === undefined || !says(step, 'ENTRYPOINT') || says(step, 'CMD')) return false;
  return steps.slice(0, index).some((each) => says(each, 'CMD'));
}

function says(step: BuiltStep, keyword: 'CMD' | 'ENTRYPOINT'): boolean {
  return step.kind !== 'add_python' && linesOfStep(step).some((line) => line.startsWith(`${keyword} `));
}
