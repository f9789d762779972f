import Link from 'next/link';
import { classNames } from '#app/_components/class-names.ts';
import { ImageReference } from '#app/_components/image-reference.tsx';
import { Status } from '#app/_components/status.tsx';
import { Age } from '#app/_components/time.tsx';
import { formatBytes, formatCountOf } from '#lib/builds/format.ts';
import { buildStateSchema } from '#lib/builds/schema.ts';
import type { ImageRow } from '#lib/images/types.ts';
import { RegistryMark } from '../../_components/registry-mark.tsx';

// Where a stylesheet changes `display`, browsers forget what a table is: the roles say it again.
const asRow = { role: 'row' };
const asCell = { role: 'cell' };

/** How wide each column is, and where it gives way; the base takes what is left. */
const columnClasses = {
  Image: 'w-[34%] max-lg:w-[40%]',
  Base: 'md:max-[980px]:hidden',
  Steps: 'w-[84px] max-lg:hidden',
  'Last build': 'w-[184px]',
  Size: 'w-[96px] max-lg:hidden',
  Changed: 'w-[212px] max-[980px]:w-[168px]',
} as const;

/** The workspace's images by name. A list of three lines each below 720 px. */
export function ImageTable({ images }: { readonly images: readonly ImageRow[] }) {
  return (
    <table aria-label="Images" className="w-full table-fixed border-collapse max-md:block">
      <thead className="max-md:sr-only">
        <tr>
          {Object.entries(columnClasses).map(([label, className]) => (
            <th
              key={label}
              scope="col"
              className={classNames(
                'h-8 border-b border-line px-2 text-left text-small font-regular whitespace-nowrap text-ink-3 first:pl-6 last:pr-6',
                className,
              )}
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
              <span className="flex items-baseline gap-2 max-md:block">
                <Link
                  href={`/images/${encodeURIComponent(image.name)}`}
                  title={image.name}
                  className="cut after:absolute after:inset-0 hover:underline max-md:wrap-anywhere max-md:whitespace-normal"
                >
                  {image.name}
                </Link>
                <span className="max-md:ml-2 text-small font-regular text-ink-3 tabular-nums">
                  r{image.revision}
                </span>
              </span>
            </td>
            <td
              {...asCell}
              className={classNames(
                'px-2 max-md:col-span-2 max-md:row-start-2 max-md:p-0',
                columnClasses.Base,
              )}
            >
              <span className="flex items-center gap-2">
                <RegistryMark reference={image.reference} />
                <span className="min-w-0 flex-1">
                  <ImageReference reference={image.reference} isHostHidden />
                </span>
              </span>
            </td>
            <td {...asCell} className="px-2 text-ink-2 tabular-nums max-lg:hidden">
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
                    className="relative text-tide tabular-nums hover:underline touch:-my-3 touch:inline-flex touch:h-touch touch:min-w-touch touch:items-center max-md:touch:justify-end"
                  >
                    #{image.lastBuild.number}
                  </Link>
                </span>
              )}
            </td>
            <td {...asCell} className="px-2 text-ink-2 tabular-nums max-lg:hidden">
              {image.lastBuild?.resultBytes == null ? '–' : formatBytes(image.lastBuild.resultBytes)}
            </td>
            <td
              {...asCell}
              className="cut px-2 pr-6 text-small text-ink-3 max-md:col-span-2 max-md:p-0"
              title={image.changedByName}
            >
              <Age at={image.changedAt} /> by {image.changedByName}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
