import { retryDelayMs } from '../../_components/backoff.ts';

export type StreamStatus = 'connecting' | 'open' | 'lost' | 'ended';

/**
 * Follows a stream of server-sent events for as long as it takes: it comes back after errors of any kind (a restarting
 * server answers 502 or nothing, where EventSource itself would give up), at once when the browser is online again or
 * the page is looked at again. A page in the background lets go of its stream after a while, because a browser has six
 * connections to a server for all its tabs.
 *
 * @returns how to stop.
 */
export function followEvents(options: {
  /** Asked at each connection, so that it can say where to resume. */
  readonly url: () => string;
  readonly onData: (data: string) => void;
  readonly onStatus: (status: StreamStatus) => void;
  /** The server says that there is nothing more to come. Come back, or be done? */
  readonly onEnd: () => 'again' | 'done';
}): () => void {
  let source: EventSource | null = null;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let restTimer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let isLost = false;

  function connect() {
    clearTimeout(retryTimer);
    source?.close();
    if (!isLost) options.onStatus('connecting');
    source = new EventSource(options.url());
    source.onopen = () => {
      isLost = false;
      options.onStatus('open');
    };
    source.onmessage = (event: MessageEvent<string>) => {
      failures = 0;
      options.onData(event.data);
    };
    source.onerror = () => retryLater();
    source.addEventListener('end', () => {
      if (options.onEnd() === 'again') return retryLater();
      close();
      options.onStatus('ended');
    });
  }

  function retryLater() {
    source?.close();
    source = null;
    failures += 1;
    isLost = true;
    options.onStatus('lost');
    clearTimeout(retryTimer);
    retryTimer = setTimeout(connect, retryDelayMs(failures));
  }

  /** Lets go of the stream, be it open or about to be tried again. */
  function rest() {
    source?.close();
    source = null;
    clearTimeout(retryTimer);
  }

  function onVisibilityChange() {
    clearTimeout(restTimer);
    if (document.visibilityState === 'hidden') restTimer = setTimeout(rest, restAfterMs);
    else if (source === null) connect();
  }

  function onOnline() {
    if (source === null && document.visibilityState === 'visible') connect();
  }

  function close() {
    rest();
    clearTimeout(restTimer);
    document.removeEventListener('visibilitychange', onVisibilityChange);
    window.removeEventListener('online', onOnline);
  }

  document.addEventListener('visibilitychange', onVisibilityChange);
  window.addEventListener('online', onOnline);
  connect();
  return close;
}

/** A page in the background keeps its stream this long: long enough to look something up in another tab. */
const restAfterMs = 60_000;
