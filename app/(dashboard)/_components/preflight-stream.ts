import { z } from 'zod';
import type { ErrorReport } from '#lib/errors/report.ts';
import { errorReportSchema } from '#lib/errors/schema.ts';
import { type PreflightRequest, type PreflightView, preflightViewSchema } from '#lib/preflight/schema.ts';

/** How a preflight's stream came to its end. */
export type StreamEnd =
  | { readonly kind: 'ended' }
  /** The server made no check, and says why. */
  | { readonly kind: 'refused'; readonly report: ErrorReport }
  /** The connection broke before the end. */
  | { readonly kind: 'lost' };

/**
 * Asks the server for a preflight and follows it to its end; each view is a whole one. Not an EventSource: the request has a
 * body, and one that breaks is not to be made again unasked.
 *
 * @throws the signal's reason when it fires: the server then stops checking, too.
 */
export async function followPreflight(options: {
  readonly request: PreflightRequest;
  readonly signal: AbortSignal;
  readonly onView: (view: PreflightView) => void;
}): Promise<StreamEnd> {
  const { request, signal, onView } = options;
  let isEnded = false;
  try {
    const response = await fetch('/api/preflights', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(request),
      signal,
    });
    if (!response.ok || response.body === null) return refusalOf(await response.json().catch(() => null));
    for await (const data of eventsOf(response.body)) {
      const view = preflightViewSchema.safeParse(JSON.parse(data)).data;
      if (view === undefined) continue;
      isEnded = view.state === 'ended';
      onView(view);
    }
  } catch {
    signal.throwIfAborted();
  }
  return isEnded ? { kind: 'ended' } : { kind: 'lost' };
}

function refusalOf(body: unknown): StreamEnd {
  const refusal = refusalSchema.safeParse(body).data;
  return refusal === undefined ? { kind: 'lost' } : { kind: 'refused', report: refusal.error };
}

const refusalSchema = z.object({ error: errorReportSchema });

/** A view has a few kilobytes, paste included. */
const frameCharactersMax = 1024 * 1024;

/**
 * The data of each event of a stream without a name: named ones say something about the stream itself.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      if (text.length > frameCharactersMax) throw new Error('The server sent an event without an end');
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      yield* frames.flatMap(dataOf);
    }
  } finally {
    // Whoever stops reading ends the request with it.
    await reader.cancel().catch(() => {});
  }
}

function dataOf(frame: string): string[] {
  const lines = frame.split('\n');
  if (lines.some((line) => line.startsWith('event:'))) return [];
  const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart());
  return data.length > 0 ? [data.join('\n')] : [];
}
