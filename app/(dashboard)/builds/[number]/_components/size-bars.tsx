import { classNames } from '#app/_components/class-names.ts';
import { formatBytes, formatCountOf, formatDigestShort, formatPercent } from '#lib/builds/format.ts';
import type { StepLayer } from '#lib/builds/layers-by-step.ts';
import type { BuildView } from '#lib/builds/types.ts';

/** Where the size of a result comes from: its base, and each step that added something, as bars on one scale. */
export function SizeBars(props: { readonly layers: readonly StepLayer[]; readonly view: BuildView }) {
  const { layers, view } = props;
  const rows = rowsOf(layers, view);
  const totalBytes = sumOf(layers);
  const largestBytes = Math.max(1, ...rows.map(({ sizeBytes }) => sizeBytes));
  return (
    <table aria-label="Size by step" className="w-full table-fixed border-collapse">
      <thead className="sr-only">
        <tr>
          <th scope="col">From</th>
          <th scope="col">Share</th>
          <th scope="col">Size</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key} className="border-t border-line first:border-t-0">
            <th
              scope="row"
              title={row.title}
              className="w-[42%] cut py-1.5 pr-3 text-left font-regular max-md:w-[46%]"
            >
              <span className="mr-1.5 text-small text-ink-3">{row.label}</span>
              {row.code !== null && <code className="font-mono text-small">{row.code}</code>}
            </th>
            <td className="py-1.5">
              <span className="flex items-center gap-2">
                <span
                  aria-hidden
                  className={classNames(
                    'h-2.5 min-w-1 rake-10',
                    row.isBase ? 'bg-plate-reused' : 'bg-plate-set',
                  )}
                  style={{ width: `${((row.sizeBytes / largestBytes) * 82).toFixed(1)}%` }}
                />
                <span className="text-small text-ink-3 tabular-nums max-md:sr-only">
                  {formatPercent(row.sizeBytes / Math.max(1, totalBytes))}
                </span>
              </span>
            </td>
            <td className="w-[84px] py-1.5 text-right whitespace-nowrap tabular-nums">
              {formatBytes(row.sizeBytes)}
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr className="border-t border-line-strong">
          <th scope="row" className="py-1.5 text-left font-medium">
            Together
          </th>
          <td className="py-1.5 text-small text-ink-3 tabular-nums">
            {formatCountOf(layers.length, 'layer')}
          </td>
          <td className="py-1.5 text-right font-medium whitespace-nowrap tabular-nums">
            {formatBytes(totalBytes)}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

interface SizeRow {
  readonly key: string;
  readonly label: string;
  readonly code: string | null;
  readonly title: string;
  readonly sizeBytes: number;
  readonly isBase: boolean;
}

/** The base as one, each step that added a layer by itself; a step with several layers has one row for each. */
function rowsOf(layers: readonly StepLayer[], view: BuildView): readonly SizeRow[] {
  const base = layers.filter(({ step }) => step === null);
  const baseRow: SizeRow = {
    key: 'base',
    label: `Base, ${formatCountOf(base.length, 'layer')}`,
    code: null,
    title: `The ${formatCountOf(base.length, 'layer')} of the base`,
    sizeBytes: sumOf(base),
    isBase: true,
  };
  const rows = layers.flatMap((layer, index): SizeRow[] => {
    if (layer.step === null) return [];
    const title = view.steps[layer.step]?.title ?? '';
    return [
      {
        key: `${index} ${layer.digest}`,
        label: String(layer.step + 1),
        code: title,
        title: `Step ${layer.step + 1}: ${title}, layer ${formatDigestShort(layer.digest)}`,
        sizeBytes: layer.sizeBytes,
        isBase: false,
      },
    ];
  });
  return [baseRow, ...rows];
}

function sumOf(layers: readonly { readonly sizeBytes: number }[]): number {
  return layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
