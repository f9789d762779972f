import type { BuildComparison, ComparedBuild, Pair } from '#lib/builds/compare.ts';
import { formatBytes, formatDelta, formatDigestShort } from '#lib/builds/format.ts';
import { PairTable } from './pair-table.tsx';
import { Part } from './part.tsx';

/** Where the sizes of two results come from: their bases and their steps, side by side. */
export function SizeChanges(props: {
  readonly before: ComparedBuild;
  readonly after: ComparedBuild;
  readonly comparison: BuildComparison;
}) {
  const { comparison } = props;
  const { sizeBytes, baseBytes, baseLayers, steps } = comparison;
  if (isEmpty(sizeBytes) && isEmpty(baseBytes)) {
    return (
      <Part title="Size">
        <p className="text-ink-3">Neither build came as far as the layers of its base.</p>
      </Part>
    );
  }
  const rows = [
    { key: 'base', label: 'Base', code: null, ...baseBytes, isQuiet: true },
    ...steps.map((step) => ({
      key: `${step.before}-${step.after}`,
      label: String((step.after ?? step.before ?? 0) + 1),
      code: step.title,
      ...step.addedBytes,
      isQuiet: false,
    })),
  ];
  const differing = baseLayers.filter((layer) => layer.before === null || layer.after === null);
  const alike = baseLayers.length - differing.length;
  return (
    <Part title="Size" sum={sumOf(sizeBytes)}>
      <PairTable
        label="Size by step"
        numbers={[props.before.head.number, props.after.head.number]}
        rows={rows}
        total={sizeBytes}
        format={formatBytes}
      />
      <details>
        <summary className="w-max text-small text-ink-3 touch:min-h-touch">
          Layers of the base: {alike} alike, {differing.length} differ
        </summary>
        <div className="mt-1.5">
          <PairTable
            label="Layers of the base"
            numbers={[props.before.head.number, props.after.head.number]}
            rows={baseLayers.map((layer, index) => ({
              // A layer may be there twice.
              key: `${index} ${layer.digest}`,
              label: formatDigestShort(layer.digest),
              code: layer.createdBy,
              before: layer.before,
              after: layer.after,
              isQuiet: layer.before !== null && layer.after !== null,
            }))}
            total={null}
            format={formatBytes}
          />
        </div>
      </details>
    </Part>
  );
}

function sumOf({ before, after }: Pair<number>): string | undefined {
  if (before === null || after === null) return undefined;
  return `${formatBytes(before)} and ${formatBytes(after)}, ${formatDelta(after - before, formatBytes)}`;
}

function isEmpty({ before, after }: Pair<number>): boolean {
  return before === null && after === null;
}
