'use client';

import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, useId, useState } from 'react';
import { classNames } from '#app/_components/class-names.ts';
import { ImageName } from '#app/_components/image-name.tsx';
import { ImageReference } from '#app/_components/image-reference.tsx';
import { Ticks } from '#app/_components/ticks.tsx';
import { Age } from '#app/_components/time.tsx';
import { formatBytes, formatCountOf, formatPercent } from '#lib/builds/format.ts';
import type { MadeImage, StoredImageRow } from '#lib/store/types.ts';
import { RegistryMark } from '../../_components/registry-mark.tsx';
import { ImageLayers } from './image-layers.tsx';
import { outlookOf } from './outlook.ts';

const asRow = { role: 'row' };
const asCell = { role: 'cell' };

export function ImageRow({ row }: { readonly row: StoredImageRow }) {
  const [isOpen, setOpen] = useState(false);
  const layersId = useId();
  const sharedBytes = row.sizeBytes - row.ownBytes;
  const share = row.sizeBytes === 0 ? 0 : sharedBytes / row.sizeBytes;
  const outlook = outlookOf(row);
  return (
    <>
      <tr
        {...asRow}
        data-build={row.buildNumber}
        className={classNames(
          'group relative border-line hover:bg-fill-hover has-[a:focus-visible]:inset-shadow-[2px_0_0] has-[a:focus-visible]:inset-shadow-ink md:*:h-row',
          'max-md:grid max-md:min-h-touch max-md:grid-cols-[minmax(0,1fr)_auto] max-md:items-center max-md:gap-x-3 max-md:px-4 max-md:py-2',
          !isOpen && 'border-b',
        )}
      >
        <Cell className="pl-6 max-md:pl-0">
          <span className="flex items-center gap-2">
            <button
              type="button"
              aria-label={`Layers of ${row.reference}`}
              aria-expanded={isOpen}
              aria-controls={isOpen ? layersId : undefined}
              onClick={() => setOpen(!isOpen)}
              className="relative z-1 -ml-1 inline-grid size-6 flex-none place-items-center rounded-sm text-ink-3 hover:bg-fill-active touch:size-touch touch:-ml-3"
            >
              <ChevronRight
                className={classNames('size-3.5 transition-transform', isOpen && 'rotate-90')}
                aria-hidden
              />
            </button>
            <RegistryMark reference={row.reference} />
            <Link
              href={`/builds/${row.buildNumber}`}
              className="flex min-w-0 flex-1 items-baseline gap-2 outline-offset-4 after:absolute after:inset-0"
            >
              {row.made !== null && row.made.imageName !== null && <ImageName name={row.made.imageName} />}
              <span className="min-w-0 flex-1">
                <ImageReference reference={row.reference} isHostHidden />
              </span>
              {row.made !== null && (
                <span className="flex-none text-small text-ink-3">{madeWords[row.made.kind]}</span>
              )}
            </Link>
            {row.otherReferences > 0 && (
              <span
                title={`${formatCountOf(row.otherReferences, 'other reference')} of this workspace`}
                className="flex-none text-small text-ink-3 tabular-nums"
              >
                +{row.otherReferences}
                <span className="sr-only"> other references</span>
              </span>
            )}
          </span>
        </Cell>
        <Cell className="text-right tabular-nums">{formatBytes(row.sizeBytes)}</Cell>
        <Cell className="text-right tabular-nums max-md:hidden">
          <span className="inline-flex items-center gap-2" title={`${formatBytes(sharedBytes)} shared`}>
            {formatPercent(share)}
            <Ticks share={share} />
          </span>
        </Cell>
        <Cell className="text-right text-ink-2 max-md:hidden">
          <Age at={row.usedAt} />
        </Cell>
        <Cell className={classNames('pr-6 max-md:hidden', outlook.isDue ? 'text-warn-fg' : 'text-ink-2')}>
          <span title={outlook.why} className="cut block">
            {outlook.word}
          </span>
        </Cell>
        <Cell className="hidden text-small text-ink-3 max-md:col-span-2 max-md:block max-md:pl-11">
          {formatPercent(share)} shared, used <Age at={row.usedAt} />, {outlook.word.toLowerCase()}
        </Cell>
      </tr>
      {isOpen && (
        <tr {...asRow} className="border-b border-line max-md:block">
          <td
            {...asCell}
            id={layersId}
            colSpan={columnCount}
            className="pr-6 pb-3 pl-[88px] max-md:block max-md:px-4"
          >
            <ImageLayers row={row} />
          </td>
        </tr>
      )}
    </>
  );
}

const madeWords: Readonly<Record<MadeImage['kind'], string>> = {
  result: 'Result',
  step: 'After a step',
};

const columnCount = 5;

function Cell(props: { readonly className?: string; readonly children: ReactNode }) {
  return (
    <td {...asCell} className={classNames('px-2 max-md:p-0', props.className)}>
      {props.children}
    </td>
  );
}
