import type { Dispatcher } from 'undici';
import { AddressRefusedError, PlainHttpRefusedError } from './errors.ts';
import { ConnectionRefusal } from './guarded-connector.ts';
import { ResponseBody } from './response-body.ts';
import type { Fetch, FetchInit, FetchResponse } from './types.ts';

/**
 * A fetch over a dispatcher whose connections are guarded. Follows no redirect, decodes nothing, keeps no cookie.
 * Rejects with AddressRefusedError or PlainHttpRefusedError, with the signal's reason, or with the connection's failure.
 */
export function guardedFetch(options: {
  readonly dispatcher: Dispatcher;
  readonly registry: string;
  readonly allowPlainHttp: boolean;
}): Fetch {
  const { dispatcher, registry, allowPlainHttp } = options;
  return async (url, init) => {
    const isPermitted = url.protocol === 'https:' || (url.protocol === 'http:' && allowPlainHttp);
    if (!isPermitted) throw new PlainHttpRefusedError({ registry });
    init.signal.throwIfAborted();
    try {
      return await dispatch(dispatcher, url, init);
    } catch (error) {
      throw isRefusal(error) ? new AddressRefusedError({ registry }) : error;
    }
  };
}

function dispatch(dispatcher: Dispatcher, url: URL, init: FetchInit): Promise<FetchResponse> {
  const { method, headers, body, signal } = init;
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let response: ResponseBody | undefined;
    let atEnd: (() => void) | undefined;
    const settle = () => signal.removeEventListener('abort', onAbort);
    const fail = (error: Error) => {
      settle();
      reject(error);
      response?.end(error);
    };
    const onAbort = () => {
      const reason = asError(signal.reason);
      controller?.abort(reason);
      fail(reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers: { ...headers },
        ...(body === undefined ? {} : { body }),
      },
      {
        onRequestStart(started) {
          controller = started;
          // It waited for a connection and was given up meanwhile.
          if (signal.aborted) started.abort(asError(signal.reason));
        },
        onResponseStart(flow, status, found) {
          if (status < 200) return;
          const body = new ResponseBody(flow, settle);
          const hasNoBody = method === 'HEAD' || status === 204 || status === 304;
          const answer = { status, headers: { get: (name: string) => headerOf(found, name) } };
          response = body;
          if (hasNoBody) atEnd = () => resolve({ ...answer, body: null });
          else resolve({ ...answer, body });
        },
        onResponseData(_flow, chunk) {
          response?.push(chunk);
        },
        onResponseEnd() {
          whenReleased(() => {
            response?.end();
            atEnd?.();
          });
        },
        onResponseError(_flow, error) {
          fail(error);
        },
      },
    );
  });
}

/**
 * undici takes a connection into use again one turn of the event loop after an answer's end. Whoever hears of the end
 * earlier and asks again at once makes it open another connection, with another TLS handshake.
 */
function whenReleased(act: () => void): void {
  setImmediate(() => setImmediate(act));
}

/** Header lines of one name, joined as RFC 9110, 5.3 says. */
function headerOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  name: string,
): string | null {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : (value ?? null);
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
