import type { Connection } from './connection.ts';

/** Connections to origins, used again while they are warm, and no more at once than a bound. */
export interface ConnectionPool {
  /** A connection for one request: an idle one, a new one, or the first that becomes free. `isFresh` wants a new one. */
  take(url: URL, options: { readonly isFresh: boolean; readonly signal: AbortSignal }): Promise<Connection>;
  /** Gives it back after an answer was read to its end. */
  giveBack(url: URL, connection: Connection): void;
  /** Ends it, and lets somebody else have its place. */
  drop(url: URL, connection: Connection, reason?: Error): void;
  /** Ends every connection. Nothing can be taken afterwards. */
  close(): void;
}

interface Origin {
  readonly idle: Idle[];
  readonly open: Set<Connection>;
  /** Connections that are being made count as well. */
  dialling: number;
  readonly queue: (() => void)[];
}

interface Idle {
  readonly connection: Connection;
  readonly forget: () => void;
}

export function createConnectionPool(options: {
  readonly connect: (url: URL, signal: AbortSignal) => Promise<Connection>;
  /** At once, to one origin. */
  readonly connectionsMax: number;
  readonly keepAliveMs: number;
}): ConnectionPool {
  const { connect, connectionsMax, keepAliveMs } = options;
  const origins = new Map<string, Origin>();
  const closed = new AbortController();

  function originOf(url: URL): Origin {
    const found = origins.get(url.origin) ?? { idle: [], open: new Set(), dialling: 0, queue: [] };
    origins.set(url.origin, found);
    return found;
  }

  async function dial(origin: Origin, url: URL, signal: AbortSignal): Promise<Connection> {
    origin.dialling += 1;
    try {
      const connection = await connect(url, AbortSignal.any([signal, closed.signal]));
      origin.open.add(connection);
      return connection;
    } finally {
      origin.dialling -= 1;
      // One that could not be made leaves its place to whoever waits.
      if (origin.open.size + origin.dialling < connectionsMax) origin.queue.shift()?.();
    }
  }

  return {
    async take(url, { isFresh, signal }) {
      const origin = originOf(url);
      for (;;) {
        signal.throwIfAborted();
        closed.signal.throwIfAborted();
        const idle = isFresh ? undefined : origin.idle.pop();
        if (idle !== undefined) {
          idle.forget();
          if (idle.connection.isOpen) return idle.connection;
          continue;
        }
        if (origin.open.size + origin.dialling < connectionsMax) return dial(origin, url, signal);
        // A new one is wanted where the idle ones take all places: the oldest of them goes.
        const oldest = origin.idle[0];
        if (oldest !== undefined) {
          this.drop(url, oldest.connection);
          continue;
        }
        await turnIn(origin.queue, signal);
      }
    },
    giveBack(url, connection) {
      const origin = originOf(url);
      if (closed.signal.aborted || !connection.isOpen) return this.drop(url, connection);
      const onLost = () => this.drop(url, connection);
      const timer = setTimeout(onLost, keepAliveMs);
      timer.unref();
      const forget = () => {
        clearTimeout(timer);
        connection.wakeUp(onLost);
      };
      connection.rest(onLost);
      origin.idle.push({ connection, forget });
      origin.queue.shift()?.();
    },
    drop(url, connection, reason) {
      const origin = originOf(url);
      const at = origin.idle.findIndex((idle) => idle.connection === connection);
      for (const idle of at < 0 ? [] : origin.idle.splice(at, 1)) idle.forget();
      connection.destroy(reason);
      if (origin.open.delete(connection)) origin.queue.shift()?.();
    },
    close() {
      const reason = new Error('The way out was closed.');
      closed.abort(reason);
      for (const { open, idle, queue } of origins.values()) {
        for (const { forget } of idle.splice(0)) forget();
        for (const connection of open) connection.destroy(reason);
        open.clear();
        for (const wake of queue.splice(0)) wake();
      }
    },
  };
}

/** Waits in a queue for a turn. Whoever leaves it early leaves no gap. */
function turnIn(queue: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = () => {
      const at = queue.indexOf(wake);
      if (at >= 0) queue.splice(at, 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    queue.push(wake);
  });
}
