import { formatBytes, formatCountOf, formatDigestShort } from '#lib/builds/format.ts';
import type { StoredImageRow } from '#lib/store/types.ts';

/** The layers of one image from the base upwards, with how many images of the workspace have each. */
export function ImageLayers({ row }: { readonly row: StoredImageRow }) {
  const largest = Math.max(1, ...row.layers.map(({ sizeBytes }) => sizeBytes));
  return (
    <ol
      aria-label={`Layers of ${row.reference}`}
      className="border-l-2 border-line-control text-small tabular-nums"
    >
      {row.layers.map((layer) => (
        <li
          key={layer.digest}
          className="grid h-[26px] grid-cols-[minmax(0,1fr)_104px_72px_132px] items-center gap-x-3 max-md:h-auto max-md:grid-cols-[minmax(0,1fr)_auto] max-md:py-1.5"
        >
          <span aria-hidden className="block h-[18px]">
            <span
              className={layer.images > 1 ? 'block h-full bg-plate-reused' : 'block h-full bg-plate-set'}
              style={{ width: `${Math.max(1.2, 100 * Math.sqrt(layer.sizeBytes / largest)).toFixed(1)}%` }}
            />
          </span>
          <span title={layer.digest} className="font-mono text-ink-3 max-md:hidden">
            {formatDigestShort(layer.digest)}
          </span>
          <span className="text-right">{formatBytes(layer.sizeBytes)}</span>
          <span className="text-ink-3 max-md:col-span-2 max-md:pl-2">
            {layer.images === 1 ? 'Only here' : `In ${formatCountOf(layer.images, 'image')}`}
          </span>
        </li>
      ))}
    </ol>
  );
}
