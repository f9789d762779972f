import type { Connection } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { AddressRefusedError, PlainHttpRefusedError } from './errors.ts';
import { ConnectionRefusal } from './guarded-connector.ts';
import type { Head } from './http-head.ts';
import type { Fetch, FetchInit, FetchResponse } from './types.ts';

/**
 * A fetch over a pool whose connections are guarded. Follows no redirect, decodes nothing, keeps no cookie.
 * Rejects with AddressRefusedError or PlainHttpRefusedError, with the signal's reason, or with the connection's failure.
 */
export function guardedFetch(options: {
  readonly pool: ConnectionPool;
  readonly registry: string;
  readonly allowPlainHttp: boolean;
}): Fetch {
  const { pool, registry, allowPlainHttp } = options;
  return async (url, init) => {
    const isPermitted = url.protocol === 'https:' || (url.protocol === 'http:' && allowPlainHttp);
    if (!isPermitted) throw new PlainHttpRefusedError({ registry });
    init.signal.throwIfAborted();
    try {
      return await send(pool, url, init);
    } catch (error) {
      throw isRefusal(error) ? new AddressRefusedError({ registry }) : error;
    }
  };
}

async function send(pool: ConnectionPool, url: URL, init: FetchInit): Promise<FetchResponse> {
  const { method, headers, body, signal } = init;
  const request = { method, path: `${url.pathname}${url.search}`, host: url.host, headers, body };
  for (let isFresh = false; ; isFresh = true) {
    const connection = await pool.take(url, { isFresh, signal });
    const wasUsed = connection.isUsed;
    const letGo = dropOnAbort(pool, url, connection, signal);
    try {
      const head = await connection.send(request);
      return toResponse({ pool, url, connection, head, letGo, hasBody: head.framing.kind !== 'none' });
    } catch (error) {
      letGo();
      pool.drop(url, connection);
      signal.throwIfAborted();
      // The server closed it while it was idle, before the request reached it: that says nothing about the request. What may not
      // be done twice is for the caller to judge. https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1
      const isRepeatable = method === 'GET' || method === 'HEAD';
      if (!wasUsed || connection.hasAnswered || !isRepeatable) throw error;
    }
  }
}

/** @returns what ends the watch over the signal */
function dropOnAbort(
  pool: ConnectionPool,
  url: URL,
  connection: Connection,
  signal: AbortSignal,
): () => void {
  const onAbort = () => pool.drop(url, connection, asError(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}

interface Answered {
  readonly pool: ConnectionPool;
  readonly url: URL;
  readonly connection: Connection;
  readonly head: Head;
  readonly letGo: () => void;
  readonly hasBody: boolean;
}

function toResponse(answered: Answered): FetchResponse {
  const { head, hasBody } = answered;
  const { status, headers } = head;
  if (hasBody) return { status, headers, body: new ResponseBody(answered) };
  settle(answered, { isWhole: true });
  return { status, headers, body: null };
}

/** For one reader. Whoever stops early closes the connection, whoever reads to the end gives it back. */
class ResponseBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #answered: Answered;
  readonly #next: () => Promise<Uint8Array | undefined>;
  #isSettled = false;

  constructor(answered: Answered) {
    this.#answered = answered;
    this.#next = answered.connection.body(answered.head.framing);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isSettled) return { done: true, value: undefined };
    try {
      const value = await this.#next();
      if (value !== undefined) return { done: false, value };
      this.#settle(true);
      return { done: true, value: undefined };
    } catch (error) {
      this.#settle(false);
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#settle(false);
    return { done: true, value: undefined };
  }

  #settle(isWhole: boolean): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    settle(this.#answered, { isWhole });
  }
}

function settle(
  { pool, url, connection, head, letGo }: Answered,
  { isWhole }: { readonly isWhole: boolean },
): void {
  letGo();
  if (isWhole && head.isReusable) pool.giveBack(url, connection);
  else pool.drop(url, connection);
}

/** A refusal comes out of the connection's failure, perhaps wrapped. */
function isRefusal(error: unknown): boolean {
  if (error instanceof ConnectionRefusal) return true;
  if (error instanceof AggregateError) return error.errors.some(isRefusal);
  return error instanceof Error && error.cause !== undefined && isRefusal(error.cause);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('The request was given up.', { cause: reason });
}
