'use client';

import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { formatCountOf } from '#lib/builds/format.ts';
import type { SecretRow as Row } from '#lib/secrets/types.ts';
import type { PullsLeftFacts } from '../../_components/pulls-left-facts.ts';
import { columns } from './columns.ts';
import { type DeletableSecret, DeleteDialog } from './delete-dialog.tsx';
import { SecretRow } from './secret-row.tsx';

// Where a stylesheet changes `display`, browsers forget what a table is: the roles say it again.
const asTable = { role: 'table' };
const asGroup = { role: 'rowgroup' };
const asRow = { role: 'row' };
const asHead = { role: 'columnheader' };

export interface SecretTableProps {
  readonly rows: readonly Row[];
  readonly pulls: readonly PullsLeftFacts[];
  readonly isFiltered: boolean;
}

/** The workspace's secrets. A list of two lines each below 720 px. */
export function SecretTable({ rows, pulls, isFiltered }: SecretTableProps) {
  const router = useRouter();
  const table = useRef<HTMLTableElement>(null);
  const [deleting, setDeleting] = useState<DeletableSecret | null>(null);
  const [isAsking, setAsking] = useState(false);

  /** Moves the focus from row to row, beginning at the first. */
  function move(step: 1 | -1) {
    const links = [...(table.current?.querySelectorAll<HTMLElement>('[data-row-link]') ?? [])];
    const at = links.findIndex((link) => link.closest('tr')?.contains(document.activeElement) ?? false);
    links[at === -1 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
  }

  useShortcut('j', () => move(1));
  useShortcut('k', () => move(-1));
  useShortcut('n', () => router.push('/secrets/new'));

  function ask(row: Row) {
    setDeleting({ id: row.id, name: row.name, versionCount: row.version.number });
    setAsking(true);
  }

  return (
    <>
      <table
        {...asTable}
        ref={table}
        aria-label="Secrets"
        className="w-full table-fixed border-collapse max-md:block"
      >
        <colgroup className="max-md:hidden">
          {columns.map((column) => (
            <col key={column.label} className={column.widthClass} />
          ))}
        </colgroup>
        <thead {...asGroup} className="max-md:sr-only">
          <tr {...asRow}>
            {columns.map((column) => (
              <th
                key={column.label}
                {...asHead}
                scope="col"
                className={`h-8 border-line border-b px-2 text-left text-small font-regular whitespace-nowrap text-ink-3 first:pl-6 last:pr-6 ${column.hideClass}`}
              >
                {column.isHidden ? <span className="sr-only">{column.label}</span> : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...asGroup} className="max-md:block">
          {rows.map((row) => (
            <SecretRow
              key={row.id}
              row={row}
              pulls={pulls.find(({ secretId }) => secretId === row.id)}
              onDelete={() => ask(row)}
            />
          ))}
        </tbody>
      </table>
      <p className="px-6 py-4 text-ink-3 max-md:px-4">
        {rows.length === 0 && isFiltered
          ? 'No secret matches. Try another word, or All.'
          : formatCountOf(rows.length, 'secret')}
      </p>
      {deleting !== null && (
        <DeleteDialog
          secret={deleting}
          isOpen={isAsking}
          onOpenChange={setAsking}
          onDeleted={() => router.refresh()}
        />
      )}
    </>
  );
}
