'use client';

import { useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { formatCountOf } from '#lib/builds/format.ts';
import type { StoredImageRow } from '#lib/store/types.ts';
import { useRowKeys } from '../../_components/use-row-keys.ts';
import { ImageRow } from './image-row.tsx';

// Where a stylesheet changes `display`, browsers forget what a table is: the roles say it again.
const asTable = { role: 'table' };
const asGroup = { role: 'rowgroup' };
const asRow = { role: 'row' };
const asHead = { role: 'columnheader' };

/** The workspace's images in the store, the largest first. A list of two lines each below 720 px. */
export function ImageTable({ rows }: { readonly rows: readonly StoredImageRow[] }) {
  const [shown, setShown] = useState(rowsAtOnce);
  useRowKeys();
  const visible = rows.slice(0, shown);
  const hidden = rows.length - visible.length;
  return (
    <div className="min-w-0">
      <table {...asTable} aria-label="Images" className="w-full table-fixed border-collapse max-md:block">
        <thead {...asGroup} className="max-md:sr-only">
          <tr {...asRow}>
            {columns.map(({ label, className }) => (
              <th
                key={label}
                {...asHead}
                scope="col"
                className={`h-8 border-b border-line px-2 text-small font-regular whitespace-nowrap text-ink-3 first:pl-6 last:pr-6 ${className}`}
              >
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...asGroup} className="max-md:block">
          {visible.map((row) => (
            <ImageRow key={row.digest} row={row} />
          ))}
        </tbody>
      </table>
      <div className="flex items-center gap-3 px-6 py-4 text-ink-3 max-md:px-4">
        {formatCountOf(rows.length, 'image')}
        {hidden > 0 && (
          <Button size="sm" onClick={() => setShown(shown + rowsAtOnce)}>
            Show {Math.min(hidden, rowsAtOnce)} more
          </Button>
        )}
      </div>
    </div>
  );
}

const columns = [
  { label: 'Image', className: 'text-left' },
  { label: 'Size', className: 'w-[92px] text-right' },
  { label: 'Shared', className: 'w-[112px] text-right' },
  { label: 'Last used', className: 'w-[88px] text-right' },
  { label: 'Next collection', className: 'w-[152px] text-left' },
] as const;

/** The largest matter; the rest is there when asked for. */
const rowsAtOnce = 50;
