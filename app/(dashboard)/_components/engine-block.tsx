'use client';

import { Cpu } from 'lucide-react';
import { useEffect, useState } from 'react';
import { classNames } from '#app/_components/class-names.ts';
import type { EngineFacts } from '#lib/builds/types.ts';
import { lookAgain } from './look-again.ts';

/** What runs the builds: whether it is there, how busy it is, how full its disk. Looks again while it is seen. */
export function EngineBlock(props: { readonly initial: EngineFacts }) {
  const engine = useEngine(props.initial);
  const isThere = engine.workers > 0;
  const name = engine.workers > 1 ? `${engine.workers} workers` : 'Worker';
  return (
    <section
      aria-label="Engine"
      className="mb-0.5 grid gap-[7px] border-t border-line px-2 pt-2.5 pb-3 text-small whitespace-nowrap text-ink-3"
    >
      <div className="flex items-center gap-1.5">
        <Cpu className="size-3.5" aria-hidden />
        <b className="font-medium text-ink-2">{name}</b>
        <span className="ml-auto inline-flex items-center gap-[7px]">
          <span
            aria-hidden
            className={classNames('size-[7px] rounded-full', isThere ? 'bg-ok-solid' : 'bg-bad-solid')}
          />
          {isThere ? 'Healthy' : 'Not seen'}
        </span>
      </div>
      {isThere ? (
        <div className="flex items-center gap-1.5 tabular-nums">
          {engine.slots <= slotsShownMax && <Slots slots={engine.slots} busy={engine.busy} />}
          {engine.busy} of {engine.slots} slots
          <span className={classNames('ml-auto', engine.diskUsedPercent >= diskLowPercent && 'text-warn-fg')}>
            Disk {engine.diskUsedPercent}%
          </span>
        </div>
      ) : (
        <p className="whitespace-normal">Builds wait until a worker is back.</p>
      )}
    </section>
  );
}

function Slots(props: { readonly slots: number; readonly busy: number }) {
  return (
    <span aria-hidden className="flex gap-[3px]">
      {Array.from({ length: props.slots }, (_, index) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: a slot is nothing but its place.
          key={index}
          className={classNames(
            'h-1.5 w-3 rake-both-6',
            index < props.busy ? 'bg-tide-solid' : 'bg-plate-berth',
          )}
        />
      ))}
    </span>
  );
}

function useEngine(initial: EngineFacts): EngineFacts {
  const [engine, setEngine] = useState(initial);
  useEffect(() => setEngine(initial), [initial]);
  useEffect(() => lookAgain({ url: '/api/engine', everyMs: lookEveryMs, onAnswer: setEngine }), []);
  return engine;
}

const lookEveryMs = 10_000;
/** More would not fit beside the words. */
const slotsShownMax = 4;
/** A pull needs room for a large image. */
const diskLowPercent = 90;
