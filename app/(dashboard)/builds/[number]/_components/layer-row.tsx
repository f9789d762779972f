import { Check, CircleDashed, CircleX, ShieldCheck } from 'lucide-react';
import { classNames } from '#app/_components/class-names.ts';
import { ProgressRing } from '#app/_components/progress-ring.tsx';
import {
  formatBytes,
  formatBytesOf,
  formatDigestShort,
  formatPercent,
  formatRate,
} from '#lib/builds/format.ts';
import type { Layer } from '#lib/builds/schema.ts';
import type { Plate } from './plates.ts';

export interface LayerRowProps {
  readonly layer: Layer;
  readonly plate: Plate;
  readonly bytesPerSecond: number | undefined;
  readonly isLive: boolean;
}

/** A layer on the slip: a plate whose length follows its size, flush with the keel once it is there. */
export function LayerRow(props: LayerRowProps) {
  const { layer, isLive } = props;
  const isMoving = layer.state === 'fetching' || layer.state === 'verifying';
  const ink = isMoving ? 'text-ink' : 'text-ink-2';
  return (
    <li
      className={classNames(
        slipColumns,
        'h-[26px] items-center rounded-xs hover:bg-fill-hover max-md:h-[30px]',
      )}
    >
      <span className="text-right text-small text-ink-3 tabular-nums max-md:hidden">{layer.index + 1}</span>
      <code
        title={layer.digest}
        className={classNames(
          'cut font-mono text-small max-md:w-[8ch] max-md:text-clip',
          layer.state === 'waiting' ? 'text-ink-3' : ink,
        )}
      >
        {formatDigestShort(layer.digest)}
      </code>
      <code
        title={layer.createdBy}
        className={classNames(
          'cut font-mono text-small max-[900px]:hidden',
          isMoving ? 'text-ink' : 'text-ink-3',
        )}
      >
        {commandOf(layer.createdBy)}
      </code>
      <Track {...props} />
      <span className="text-right text-small text-ink-2 tabular-nums">{formatBytes(layer.sizeBytes)}</span>
      <LayerState layer={layer} bytesPerSecond={props.bytesPerSecond} isLive={isLive} />
    </li>
  );
}

/** Number, digest, command, track, size, state; the same for every row, so that plates share one scale. */
export const slipColumns =
  'grid gap-x-3 grid-cols-[18px_88px_minmax(60px,1fr)_minmax(180px,38%)_64px_100px] max-[900px]:grid-cols-[18px_88px_minmax(120px,1fr)_64px_92px] max-md:grid-cols-[58px_minmax(0,1fr)_62px_20px] max-md:gap-x-2';

function Track({ layer, plate, isLive }: LayerRowProps) {
  const isFetching = layer.state === 'fetching';
  return (
    <span
      className={classNames(
        'relative h-[26px] overflow-hidden border-l-2 max-md:h-[30px]',
        isLive ? 'border-primer' : 'border-line-control',
      )}
      {...(isFetching && {
        role: 'progressbar',
        'aria-label': `Layer ${layer.index + 1} download`,
        'aria-valuemin': 0,
        'aria-valuemax': 100,
        'aria-valuenow': Math.floor(plate.filledPercent),
        'aria-valuetext': formatBytesOf(layer.doneBytes, layer.sizeBytes),
      })}
    >
      {/* The plate is moved by the whole width of its track, so that it slides to the keel by transform alone. */}
      <span
        aria-hidden
        className="absolute inset-y-0 right-0 left-0.5 transition-transform duration-slip ease-slip"
        style={{ transform: `translateX(${plate.offsetPercent.toFixed(2)}%)` }}
      >
        <span
          className={classNames(
            'absolute top-1 h-[18px] min-w-2.5 transition-colors duration-base ease-plain max-md:top-1.5',
            plateLooks[layer.state],
          )}
          style={{ width: `${plate.widthPercent.toFixed(2)}%` }}
        >
          {(isFetching || layer.state === 'failed') && (
            <span
              className={classNames(
                'block h-full transition-[width] duration-meter ease-linear rake-18',
                isFetching ? 'bg-plate-moving' : 'bg-bad-solid',
              )}
              style={{ width: `${plate.filledPercent.toFixed(1)}%` }}
            />
          )}
        </span>
      </span>
    </span>
  );
}

const plateLooks: Readonly<Record<Layer['state'], string>> = {
  reused: 'bg-plate-reused rake-18',
  verified: 'bg-plate-set rake-18',
  verifying: 'bg-plate-moving rake-18',
  fetching: 'bg-plate-berth rake-18',
  failed: 'bg-plate-berth rake-18',
  waiting: 'min-w-5 hatch rake-both-18',
};

function LayerState(props: {
  readonly layer: Layer;
  readonly bytesPerSecond: number | undefined;
  readonly isLive: boolean;
}) {
  const { layer, bytesPerSecond } = props;
  const share = layer.sizeBytes === 0 ? 1 : layer.doneBytes / layer.sizeBytes;
  const { word, ink, icon } = stateOf();
  return (
    <span
      className={classNames(
        'flex items-center gap-1.5 text-small whitespace-nowrap tabular-nums max-md:justify-center',
        ink,
      )}
    >
      {icon}
      <span className="max-md:sr-only">{word}</span>
    </span>
  );

  function stateOf() {
    const small = 'size-3.5';
    switch (layer.state) {
      case 'fetching':
        return {
          word: bytesPerSecond === undefined ? formatPercent(share) : formatRate(bytesPerSecond),
          ink: 'text-tide',
          icon: <ProgressRing share={share} className="size-3.5 flex-none -rotate-90" />,
        };
      case 'verifying':
        return { word: 'Verifying', ink: 'text-tide', icon: <ShieldCheck className={small} aria-hidden /> };
      case 'verified':
      case 'reused':
        return {
          word: layer.state === 'reused' ? 'Reused' : 'Verified',
          ink: 'text-ink-3',
          icon: <Check className="size-3.5 text-ok-fg" aria-hidden />,
        };
      case 'failed':
        return { word: 'Mismatch', ink: 'text-bad-fg', icon: <CircleX className={small} aria-hidden /> };
      case 'waiting':
        return {
          word: props.isLive ? 'Waiting' : 'Not fetched',
          ink: 'text-ink-3',
          icon: <CircleDashed className={small} aria-hidden />,
        };
    }
  }
}

/** The history line of a layer without the words that every one of them begins with. */
function commandOf(createdBy: string | undefined): string {
  return (createdBy ?? '')
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^\/bin\/sh -c /, 'RUN ')
    .replace(/^RUN \/bin\/sh -c /, 'RUN ')
    .replace(/\s*# buildkit$/, '');
}
