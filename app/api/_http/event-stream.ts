/** Proxies close what is silent for a minute or less. */
const heartbeatMs = 15_000;
/** After this a browser connects again. */
const streamMaxMs = 10 * 60_000;
/** How soon a browser comes back after the stream broke. */
const retryMs = 1_000;

/**
 * Server-sent events, as fast as the browser takes them and no faster.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * @param options.follow what is sent; its signal fires when the browser leaves. Its end is told by an event named `end`,
 *   after which the browser need not come back.
 * @param options.isOpen whether whoever looks still may. Asked at every heartbeat, so that a stream does not outlive a
 *   sign-out or a member's removal for long.
 */
export function eventStream<T extends object>(options: {
  readonly request: Request;
  readonly follow: (signal: AbortSignal) => AsyncGenerator<T, void, void>;
  readonly isOpen: () => Promise<boolean>;
  readonly idOf?: (message: T) => number | undefined;
}): Response {
  const left = new AbortController();
  const grownOld = AbortSignal.timeout(streamMaxMs);
  const signal = AbortSignal.any([options.request.signal, left.signal, grownOld]);
  const messages = options.follow(signal);
  let heartbeat: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      // Sent at once, so that the browser knows that it is connected.
      controller.enqueue(encode(`retry: ${retryMs}\n\n`));
      heartbeat = setInterval(async () => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encode(': still here\n\n'));
        // A database that is away says nothing about rights, and brings no message either.
        if (!(await options.isOpen().catch(() => true))) left.abort();
      }, heartbeatMs);
      signal.addEventListener('abort', () => clearInterval(heartbeat), { once: true });
    },
    async pull(controller) {
      try {
        const { done, value } = await messages.next();
        if (!done) return controller.enqueue(frameOf(value, options.idOf?.(value)));
        if (!signal.aborted) controller.enqueue(encode('event: end\ndata: {}\n\n'));
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      clearInterval(heartbeat);
    },
    cancel() {
      left.abort();
      void messages.return();
    },
  });
  return new Response(body, { headers });
}

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  // Compression would hold lines back until a block of them is full.
  'cache-control': 'no-cache, no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

/** Followers of one build share their messages, so each is written out once. */
const frames = new WeakMap<object, Uint8Array>();

function frameOf(message: object, id: number | undefined): Uint8Array {
  let frame = frames.get(message);
  if (frame === undefined) {
    frame = encode(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`);
    frames.set(message, frame);
  }
  return frame;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
