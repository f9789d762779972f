import Link from 'next/link';
import { ImageReference } from '#app/_components/image-reference.tsx';
import { Status } from '#app/_components/status.tsx';
import { Age } from '#app/_components/time.tsx';
import { formatBytes, formatCountOf } from '#lib/builds/format.ts';
import { buildStateSchema } from '#lib/builds/schema.ts';
import type { ImageRow } from '#lib/images/types.ts';

// Where a stylesheet changes `display`, browsers forget what a table is: the roles say it again.
const asRow = { role: 'row' };
const asCell = { role: 'cell' };

/** The workspace's images by name. A list of three lines each below 720 px. */
export function ImageTable({ images }: { readonly images: readonly ImageRow[] }) {
  return (
    <table aria-label="Images" className="w-full border-collapse max-md:block">
      <thead className="max-md:sr-only">
        <tr>
          {['Image', 'Base', 'Steps', 'Last build', 'Size', 'Changed'].map((label) => (
            <th
              key={label}
              scope="col"
              className="h-8 border-b border-line px-2 text-left text-small font-regular whitespace-nowrap text-ink-3 first:pl-6 last:pr-6"
            >
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-md:block">
        {images.map((image) => (
          <tr
            key={image.id}
            {...asRow}
            className="relative h-10 border-b border-line hover:wash max-md:grid max-md:h-auto max-md:grid-cols-[minmax(0,1fr)_auto] max-md:gap-x-3 max-md:px-4 max-md:py-2.5"
          >
            <td {...asCell} className="px-2 pl-6 font-medium max-md:p-0">
              <Link
                href={`/images/${encodeURIComponent(image.name)}`}
                className="after:absolute after:inset-0 hover:underline"
              >
                {image.name}
              </Link>
              <span className="ml-2 text-small font-regular text-ink-3 tabular-nums">r{image.revision}</span>
            </td>
            <td
              {...asCell}
              className="max-w-0 px-2 max-md:col-span-2 max-md:row-start-2 max-md:max-w-none max-md:p-0"
            >
              <ImageReference reference={image.reference} />
            </td>
            <td {...asCell} className="px-2 text-ink-2 tabular-nums max-md:hidden">
              {formatCountOf(image.stepCount, 'step')}
            </td>
            <td {...asCell} className="px-2 max-md:p-0">
              {image.lastBuild === null ? (
                <span className="text-ink-3">Not built yet</span>
              ) : (
                <span className="flex items-center gap-2">
                  <Status state={buildStateSchema.parse(image.lastBuild.state)} />
                  <Link
                    href={`/builds/${image.lastBuild.number}`}
                    className="relative text-tide tabular-nums hover:underline"
                  >
                    #{image.lastBuild.number}
                  </Link>
                </span>
              )}
            </td>
            <td {...asCell} className="px-2 text-ink-2 tabular-nums max-md:hidden">
              {image.lastBuild?.resultBytes == null ? '–' : formatBytes(image.lastBuild.resultBytes)}
            </td>
            <td
              {...asCell}
              className="px-2 pr-6 text-small whitespace-nowrap text-ink-3 max-md:col-span-2 max-md:p-0"
            >
              <Age at={image.changedAt} /> by {image.changedByName}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
