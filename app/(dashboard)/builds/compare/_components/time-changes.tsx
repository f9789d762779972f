import type { BuildComparison, ComparedBuild, Pair, StepPair } from '#lib/builds/compare.ts';
import { formatDelta, formatDuration } from '#lib/builds/format.ts';
import { stageLabels } from '../../_components/stage-labels.ts';
import { PairTable } from './pair-table.tsx';
import { Part } from './part.tsx';

/** How long each stage took in two builds, and each step, also where the cache had it. */
export function TimeChanges(props: {
  readonly before: ComparedBuild;
  readonly after: ComparedBuild;
  readonly comparison: BuildComparison;
}) {
  const { comparison } = props;
  const numbers = [props.before.head.number, props.after.head.number] as const;
  const rows = comparison.stages
    .filter(({ before, after }) => before !== null || after !== null)
    .map(({ name, before, after }) => ({
      key: name,
      label: stageLabels[name],
      code: null,
      before,
      after,
      isQuiet: name !== 'steps',
    }));
  const steps = comparison.steps.filter(({ tookMs }) => tookMs.before !== null || tookMs.after !== null);
  return (
    <Part title="Time" sum={sumOf(comparison.totalMs)}>
      {rows.length === 0 ? (
        <p className="text-ink-3">Neither build has begun a stage.</p>
      ) : (
        <PairTable
          label="Time by stage"
          numbers={numbers}
          rows={rows}
          total={comparison.totalMs}
          format={formatDuration}
        />
      )}
      {steps.length > 0 && (
        <details>
          <summary className="w-max text-small text-ink-3 touch:min-h-touch">
            Running each step, also where it came from the cache
          </summary>
          <div className="mt-1.5">
            <PairTable
              label="Time by step"
              numbers={numbers}
              rows={steps.map(rowOf)}
              total={null}
              format={formatDuration}
            />
          </div>
        </details>
      )}
    </Part>
  );
}

function rowOf(step: StepPair) {
  const { before, after } = step;
  const label = `${(after ?? before ?? 0) + 1}`;
  return {
    key: `${before}-${after}`,
    label,
    code: step.title,
    ...step.tookMs,
    isQuiet: step.cached.after === true,
  };
}

function sumOf({ before, after }: Pair<number>): string | undefined {
  if (before === null || after === null) return undefined;
  return `${formatDuration(before)} and ${formatDuration(after)}, ${formatDelta(after - before, formatDuration)}`;
}
