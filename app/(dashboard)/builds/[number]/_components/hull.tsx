import { classNames } from '#app/_components/class-names.ts';
import { formatBytes, formatCountOf } from '#lib/builds/format.ts';
import type { Layer } from '#lib/builds/schema.ts';
import styles from './hull.module.css';
import { hullOf } from './plates.ts';

/** All layers closed into one bar. Whoever watched sees them close, once. */
export function Hull(props: {
  readonly layers: readonly Layer[];
  readonly isLive: boolean;
  readonly isLaunched: boolean;
}) {
  const { layers } = props;
  const segments = hullOf(layers);
  return (
    <div
      role="img"
      aria-label={labelOf(layers)}
      className={classNames(
        'h-[18px] overflow-hidden border-l-2 pl-0.5',
        props.isLive ? 'border-primer' : 'border-line-control',
      )}
    >
      <div className={classNames('flex h-full', props.isLaunched && styles.launch)}>
        {segments.map(({ index, share, isReused }, place) => {
          const layer = layers[index];
          if (layer === undefined) return null;
          return (
            <span
              key={index}
              title={`Layer ${index + 1}, ${formatBytes(layer.sizeBytes)}`}
              className={classNames(
                'h-full min-w-[5px]',
                edgeOf(place, segments.length),
                place > 0 && '-ml-[3px]',
                isReused ? 'bg-plate-reused' : groundOf(layer),
              )}
              style={{ flexGrow: Math.max(share, 0.001), flexBasis: 0 }}
            />
          );
        })}
      </div>
    </div>
  );
}

function groundOf({ state }: Layer): string {
  if (state === 'verified') return 'bg-plate-set';
  return state === 'failed' ? 'bg-bad-solid' : 'bg-plate-berth';
}

function edgeOf(place: number, count: number): string {
  if (count === 1) return '';
  if (place === 0) return 'rake-18';
  return place === count - 1 ? 'rake-start-18' : 'rake-both-18';
}

function labelOf(layers: readonly Layer[]): string {
  const countOf = (state: Layer['state']) => layers.filter((layer) => layer.state === state).length;
  const parts = [
    countOf('reused') > 0 && `${countOf('reused')} reused`,
    countOf('verified') > 0 && `${countOf('verified')} fetched and verified`,
  ].filter((part) => part !== false);
  const rest = layers.length - countOf('reused') - countOf('verified');
  if (rest > 0) parts.push(`${rest} not in place`);
  return `${formatCountOf(layers.length, 'layer')}: ${parts.join(', ')}`;
}
