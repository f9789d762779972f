import type { ReactNode } from 'react';
import { classNames } from '#app/_components/class-names.ts';
import { Ticks } from '#app/_components/ticks.tsx';
import { formatBytes, formatBytesOf, formatCountOf } from '#lib/builds/format.ts';
import type { StoreFacts } from '#lib/store/types.ts';
import { isDiskLow, storedBytesOf } from './store-sums.ts';

/** The whole disk folder in four figures, those of all workspaces together. */
export function ServerFigures({ facts }: { readonly facts: StoreFacts }) {
  const { diskBytes, freeBytes, limits } = facts;
  const storedBytes = storedBytesOf(facts);
  return (
    <dl
      aria-label="Store of this server"
      className="grid grid-cols-4 gap-x-7 gap-y-4 px-6 pt-3 pb-5 max-lg:grid-cols-2 max-md:px-4"
    >
      <Figure name="In the store" text={formatCountOf(facts.blobs, 'blob')}>
        {formatBytes(storedBytes)}
      </Figure>
      <Figure name="Layers" text={`and ${formatBytes(facts.documentBytes)} of manifests and configs`}>
        {formatBytes(facts.layerBytes)}
      </Figure>
      <Figure
        name="Of the size limit"
        text={
          limits.bytesMax === null
            ? 'SLIPWAY_STORE_BYTES_MAX sets one'
            : formatBytesOf(storedBytes, limits.bytesMax)
        }
        {...(limits.bytesMax === null ? {} : { share: storedBytes / limits.bytesMax })}
      >
        {limits.bytesMax === null ? 'No limit' : percentOf(storedBytes, limits.bytesMax)}
      </Figure>
      <Figure
        name="Free on its disk"
        text={`of ${formatBytes(diskBytes)}`}
        share={freeBytes / Math.max(1, diskBytes)}
        isLow={isDiskLow(facts)}
      >
        {formatBytes(freeBytes)}
      </Figure>
    </dl>
  );
}

function Figure(props: {
  readonly name: string;
  readonly text: string;
  /** The figure's share of a whole. */
  readonly share?: number;
  readonly isLow?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div className="min-w-0">
      <dt className="text-small text-ink-3">{props.name}</dt>
      <dd>
        <span
          className={classNames(
            'flex items-center gap-2.5 text-title font-semibold tracking-title tabular-nums',
            props.isLow && 'text-warn-fg',
          )}
        >
          <span className="cut">{props.children}</span>
          {props.share !== undefined && <Ticks share={props.share} />}
        </span>
        <span className="block text-small text-ink-3 tabular-nums">{props.text}</span>
      </dd>
    </div>
  );
}

/** Whole percent; more than all of it is said as it is. */
function percentOf(bytes: number, ofBytes: number): string {
  return `${Math.round((bytes / Math.max(1, ofBytes)) * 100)}%`;
}
