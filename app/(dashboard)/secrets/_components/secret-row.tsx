'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import type { ReactNode } from 'react';
import { Badge } from '#app/_components/badge.tsx';
import { classNames } from '#app/_components/class-names.ts';
import { Menu } from '#app/_components/menu.tsx';
import { RegistryIcon } from '#app/_components/registry-icon.tsx';
import { Status } from '#app/_components/status.tsx';
import { Age } from '#app/_components/time.tsx';
import type { SecretRow as Row } from '#lib/secrets/types.ts';
import { PullsLeft } from '../../_components/pulls-left.tsx';
import type { PullsLeftFacts } from '../../_components/pulls-left-facts.ts';
import { columns, hideClassOf } from './columns.ts';
import { factLine } from './fact-line.ts';
import { typeNames } from './type-names.ts';
import { stateOf } from './version-state.ts';

const asRow = { role: 'row' };
const asCell = { role: 'cell' };

export interface SecretRowProps {
  readonly row: Row;
  /** At the registry that counts the scarcest, where one counts. */
  readonly pulls: PullsLeftFacts | undefined;
  readonly onDelete: () => void;
}

export function SecretRow({ row, pulls, onDelete }: SecretRowProps) {
  const { version } = row;
  const finding = version.findings[0];
  const findingId = `finding-${row.id}`;
  const lastUsed = row.lastUsedAt === null ? 'Never' : <Age at={row.lastUsedAt} />;
  return (
    <>
      <tr
        {...asRow}
        className={classNames(
          'group relative hover:bg-fill-hover has-[[data-row-link]:focus-visible]:inset-shadow-[2px_0_0] has-[[data-row-link]:focus-visible]:inset-shadow-ink max-md:grid max-md:min-h-touch max-md:grid-cols-[minmax(0,1fr)_auto] max-md:items-center max-md:gap-x-3 max-md:px-4 max-md:py-3',
          finding === undefined ? 'md:*:h-[52px]' : 'md:*:h-[46px] md:*:pt-1',
          finding === undefined && 'border-line border-b',
        )}
      >
        <Cell className="pl-6 max-md:pl-0">
          <span className="flex items-center gap-[9px]">
            <RegistryIcon registry={row.type} size="large" title={typeNames[row.type]} />
            <span className="min-w-0">
              <Link
                data-row-link
                href={`/secrets/${row.name}`}
                aria-describedby={finding === undefined ? undefined : findingId}
                className="cut block font-medium outline-offset-4 after:absolute after:inset-0"
                title={row.name}
              >
                {row.name}
              </Link>
              <span className="cut block text-small text-ink-3" title={row.repositories.join(', ')}>
                {kindLine(row)}
              </span>
            </span>
          </span>
        </Cell>
        <Cell label="Keys">
          <KeyBadges keys={version.keys} />
        </Cell>
        <Cell label="Facts" className="cut font-mono text-small text-ink-2">
          <span title={factLine(row)}>{factLine(row)}</span>
        </Cell>
        <Cell label="Version">
          <Badge className="h-5 text-micro tabular-nums">v{version.number}</Badge>
        </Cell>
        <Cell label="Created by" className="cut text-ink-2">
          {row.createdByName}
        </Cell>
        <Cell label="Last used" className="text-ink-2">
          {lastUsed}
        </Cell>
        <Cell className="max-md:col-start-2 max-md:row-start-1">
          <Status state={stateOf(version)} />
          {pulls !== undefined && (
            <span className="mt-0.5 block text-small">
              <PullsLeft pulls={pulls} />
            </span>
          )}
        </Cell>
        <Cell className="pr-6 text-right max-md:hidden">
          <RowMenu row={row} onDelete={onDelete} />
        </Cell>
        <Cell className="hidden max-md:col-start-1 max-md:row-start-2 max-md:block max-md:pl-[37px] max-md:text-small max-md:text-ink-3">
          v{version.number}, {row.lastUsedAt === null ? 'never used' : <>used {lastUsed}</>}
        </Cell>
      </tr>
      {finding !== undefined && (
        <tr {...asRow} className="border-line border-b max-md:block">
          <td
            {...asCell}
            id={findingId}
            colSpan={columns.length}
            className={classNames(
              'pr-6 pb-2 pl-[61px] text-small max-md:block max-md:px-4 max-md:pb-3',
              version.state === 'refused' ? 'text-bad-fg' : 'text-warn-fg',
            )}
          >
            {finding}
          </td>
        </tr>
      )}
    </>
  );
}

/** "AWS ECR for ml/* and 2 more" */
function kindLine({ type, repositories }: Row): string {
  const [first, ...others] = repositories;
  if (first === undefined) return typeNames[type];
  return `${typeNames[type]} for ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`;
}

/** The first key, and how many more there are. */
function KeyBadges({ keys: [first = '', ...hidden] }: { keys: readonly string[] }) {
  return (
    <span className="flex gap-1">
      <Badge isMono title={first} className="h-5 min-w-0 text-micro">
        <span className="cut">{first}</span>
      </Badge>
      {hidden.length > 0 && (
        <Badge title={hidden.join(', ')} className="h-5 flex-none text-micro tabular-nums">
          +{hidden.length}
          <span className="sr-only"> more</span>
        </Badge>
      )}
    </span>
  );
}

/** A cell that gives way with its column. Below 720 px only those stay that say where they go. */
function Cell(props: { readonly label?: string; readonly className?: string; readonly children: ReactNode }) {
  return (
    <td
      {...asCell}
      className={classNames(
        'px-2 max-md:p-0',
        props.label !== undefined && `max-md:hidden ${hideClassOf(props.label)}`,
        props.className,
      )}
    >
      {props.children}
    </td>
  );
}

function RowMenu({ row, onDelete }: { row: Row; onDelete: () => void }) {
  const router = useRouter();
  return (
    <span className="relative z-1">
      <Menu
        label={`Actions for ${row.name}`}
        items={[
          { label: 'Open', onSelect: () => router.push(`/secrets/${row.name}`) },
          { label: 'Replace values', onSelect: () => router.push(`/secrets/${row.name}/replace`) },
          'separator',
          { label: 'Delete secret', tone: 'bad', onSelect: onDelete },
        ]}
      />
    </span>
  );
}
