import type { BuildComparison } from '#lib/builds/compare.ts';
import { formatCountOf } from '#lib/builds/format.ts';
import { StepChangeList } from '../../../_components/steps/step-change-list.tsx';
import { Part } from './part.tsx';

/** How one definition became the other, step by step, with the instructions that differ. */
export function DefinitionChanges({ comparison }: { readonly comparison: BuildComparison }) {
  const { steps } = comparison;
  const changed = steps.filter(({ way }) => way !== 'same');
  if (steps.length === 0) {
    return (
      <Part title="Definition">
        <p className="text-ink-3">Neither build has steps: both are plain pulls.</p>
      </Part>
    );
  }
  return (
    <Part
      title="Definition"
      sum={
        changed.length === 0
          ? `${formatCountOf(steps.length, 'step')}, no difference`
          : `${changed.length} of ${formatCountOf(steps.length, 'step')} differ`
      }
    >
      <StepChangeList steps={steps} />
    </Part>
  );
}
