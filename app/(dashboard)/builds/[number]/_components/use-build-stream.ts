'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { z } from 'zod';
import { type NumberedEvent, numberedEventSchema } from '#lib/builds/schema.ts';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildView, LogLine } from '#lib/builds/types.ts';
import { foldEvents } from '#lib/builds/view.ts';
import { followEvents, type StreamStatus } from './event-stream.ts';
import { type LayerRates, noRates, observeLayers } from './layer-rates.ts';

export interface BuildStream {
  readonly view: BuildView;
  readonly rates: LayerRates;
  readonly status: StreamStatus;
}

/**
 * A build as the server knew it when the page was made, and from then on as its events tell: the same fold as the
 * server's, resumed after every break at the newest event that is in it.
 *
 * @param options.onLines new lines of the log, once each, in order.
 */
export function useBuildStream(options: {
  readonly number: number;
  readonly initial: BuildView;
  readonly onLines: (lines: readonly LogLine[]) => void;
}): BuildStream {
  const { number, initial } = options;
  const [state, setState] = useState({ view: initial, rates: noRates });
  const [status, setStatus] = useState<StreamStatus>(isFinal(initial.state) ? 'ended' : 'connecting');
  const view = useRef(initial);
  const rates = useRef(noRates);
  const onLines = useRef(options.onLines);
  useEffect(() => {
    onLines.current = options.onLines;
  });

  const take = useCallback((events: readonly NumberedEvent[]) => {
    const unseen = events.filter((event) => event.number > view.current.head);
    if (unseen.length === 0) return;
    onLines.current(unseen.flatMap(linesOf));
    view.current = foldEvents(view.current, unseen);
    rates.current = observeLayers(rates.current, view.current.layers, Date.parse(unseen.at(-1)?.at ?? ''));
    setState({ view: view.current, rates: rates.current });
  }, []);

  useEffect(() => {
    if (isFinal(view.current.state)) return;
    const leave = followEvents({
      url: () => `/api/builds/${number}/events?after=${view.current.head}`,
      onData: (data) => {
        take(eventsOf(data));
        if (!isFinal(view.current.state)) return;
        leave();
        setStatus('ended');
      },
      onStatus: setStatus,
      onEnd: () => (isFinal(view.current.state) ? 'done' : 'again'),
    });
    return leave;
  }, [number, take]);

  return { ...state, status };
}

/** Events of a server that is newer than this page, which the page cannot know, are passed over. */
const eventsSchema = z.array(numberedEventSchema.or(z.unknown().transform(() => null)));

function eventsOf(data: string): NumberedEvent[] {
  return eventsSchema.parse(JSON.parse(data)).filter((event) => event !== null);
}

function linesOf({ at, event }: NumberedEvent): LogLine[] {
  if (event.kind !== 'log' || event.firstLine === undefined) return [];
  const { firstLine, stage, level, text } = event;
  return text.split('\n').map((each, index) => ({ line: firstLine + index, at, stage, level, text: each }));
}
