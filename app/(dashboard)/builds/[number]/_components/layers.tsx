'use client';

import { useEffect, useRef, useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { classNames } from '#app/_components/class-names.ts';
import { formatBytes, formatBytesOf, formatCount, formatRate, formatTimeLeft } from '#lib/builds/format.ts';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildView } from '#lib/builds/types.ts';
import { Hull } from './hull.tsx';
import type { LayerRates } from './layer-rates.ts';
import { LayerRow, slipColumns } from './layer-row.tsx';
import { platesOf, slipRows } from './plates.ts';
import { layerProgress } from './stages.ts';

/** The layers of the image on their slip; one bar once all are in place or the build has ended. */
export function Layers(props: { readonly view: BuildView; readonly rates: LayerRates }) {
  const { view } = props;
  const { layers } = view;
  const progress = layerProgress(view);
  const isLive = !isFinal(view.state);
  const isClosed = !isLive || progress.inPlace === layers.length;
  const [isShown, setShown] = useState(false);
  const isFolded = isClosed && !isShown;
  const isLaunched = useTurnedTrue(isClosed);

  return (
    <section aria-labelledby="layers-heading">
      <header className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 pb-2">
        <h2 id="layers-heading" className="font-semibold">
          Layers
        </h2>
        <p className="text-ink-2 tabular-nums">{sumOf(view)}</p>
        {isFolded ? null : <Legend />}
        {isClosed && (
          <Button
            size="sm"
            variant="ghost"
            className={classNames('-my-1', isFolded ? 'ml-auto' : 'max-lg:ml-auto')}
            onClick={() => setShown(!isShown)}
          >
            {isFolded ? 'Show layers' : 'Hide layers'}
          </Button>
        )}
      </header>
      {isFolded ? (
        <Hull layers={layers} isLive={isLive} isLaunched={isLaunched} />
      ) : (
        <Slip view={view} rates={props.rates} isLive={isLive} />
      )}
    </section>
  );
}

function Slip(props: { readonly view: BuildView; readonly rates: LayerRates; readonly isLive: boolean }) {
  const { layers } = props.view;
  const plates = platesOf(layers);
  const [areReusedShown, setReusedShown] = useState(false);
  const rows = slipRows(layers);
  return (
    <ol aria-label="Layers">
      {rows.flatMap((row) => {
        const indexes = row.kind === 'layer' ? [row.index] : areReusedShown ? row.indexes : [];
        const folded =
          row.kind === 'reused' ? (
            <li key="reused" className={classNames(slipColumns, 'h-[26px] items-center max-md:h-touch')}>
              <button
                type="button"
                aria-expanded={areReusedShown}
                onClick={() => setReusedShown(!areReusedShown)}
                className="col-start-2 col-end-[-1] w-max text-left text-small text-ink-2 hover:underline max-md:col-start-1 touch:min-h-touch"
              >
                {formatCount(row.indexes.length)} layers reused, {formatBytes(row.sizeBytes)}
              </button>
            </li>
          ) : null;
        return [
          folded,
          ...indexes.map((index) => {
            const [layer, plate] = [layers[index], plates[index]];
            if (layer === undefined || plate === undefined) return null;
            return (
              <LayerRow
                key={layer.index}
                layer={layer}
                plate={plate}
                bytesPerSecond={props.rates.bytesPerSecond.get(layer.index)}
                isLive={props.isLive}
              />
            );
          }),
        ];
      })}
    </ol>
  );
}

function Legend() {
  return (
    <p aria-hidden className="ml-auto flex gap-3.5 text-small text-ink-3 max-lg:hidden">
      {legend.map(([word, look]) => (
        <span key={word} className="inline-flex items-center gap-1.5">
          <span className={classNames('h-2 w-3', look)} />
          {word}
        </span>
      ))}
    </p>
  );
}

const legend = [
  ['Reused', 'bg-plate-reused rake-8'],
  ['Arriving', 'bg-plate-moving rake-8'],
  ['Verified', 'bg-plate-set rake-8'],
  ['Waiting', 'hatch rake-both-8'],
] as const;

/** "6 of 12 in place, 1.92 of 2.66 GB, 84.3 MB/s, about 9s left" */
function sumOf(view: BuildView): string {
  const { doneBytes, totalBytes, inPlace } = layerProgress(view);
  const parts = [
    `${formatCount(inPlace)} of ${formatCount(view.layers.length)} in place`,
    inPlace === view.layers.length ? formatBytes(totalBytes) : formatBytesOf(doneBytes, totalBytes),
  ];
  if (view.bytesPerSecond > 0) parts.push(formatRate(view.bytesPerSecond));
  if (view.secondsLeft !== null) parts.push(`${formatTimeLeft(view.secondsLeft)} left`);
  return parts.join(', ');
}

/** Whether something became true while one watched. */
function useTurnedTrue(isTrue: boolean): boolean {
  const was = useRef(isTrue);
  const [hasTurned, setTurned] = useState(false);
  useEffect(() => {
    if (isTrue && !was.current) setTurned(true);
    was.current = isTrue;
  }, [isTrue]);
  return hasTurned;
}
