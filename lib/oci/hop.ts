import type { Fetch, FetchResponse, Method, RequestBody } from './types.ts';

/** One request as it goes over one connection: no redirect followed, nothing retried. */
export interface HopRequest {
  readonly url: URL;
  readonly method: Method;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: FetchResponse['headers'];
  readonly body: FetchResponse['body'];
  /** Where it came from, redirects counted. May hold a signed query: never for messages. */
  readonly url: URL;
  /** Whether it came from another origin than the one that was asked, or passed through one. */
  readonly isElsewhere: boolean;
  /** Cuts the body off. */
  abandon(): void;
}

/** The head of an answer did not come in time. */
class AnswerTimeoutError extends Error {
  override readonly name = 'AnswerTimeoutError';
}

/**
 * Sends one request and waits for the head of its answer, no longer than the timeout and the signal allow. While a body goes out
 * the time begins anew with each piece of it.
 */
export async function sendHop(options: {
  readonly fetch: Fetch;
  readonly request: HopRequest;
  readonly answerTimeoutMs: number;
  readonly signal: AbortSignal;
}): Promise<Answer> {
  const { fetch, request, answerTimeoutMs, signal } = options;
  const { body } = request;
  signal.throwIfAborted();
  const controller = new AbortController();
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const stop = (reason: unknown) => {
    reject(reason);
    controller.abort(reason);
  };
  const onAbort = () => stop(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => stop(new AnswerTimeoutError('No answer in time.')), answerTimeoutMs);
  try {
    const response = await Promise.race([
      fetch(request.url, {
        method: request.method,
        headers: request.headers,
        ...(body === undefined ? {} : { body: watched(body, () => timer.refresh()) }),
        redirect: 'manual',
        signal: controller.signal,
      }),
      broken,
    ]);
    return {
      status: response.status,
      headers: response.headers,
      body: response.body,
      url: request.url,
      isElsewhere: false,
      abandon: () => controller.abort(),
    };
  } finally {
    clearTimeout(timer);
    // From here on the reader of the body listens to the signal, and closes the body through `abandon`.
    signal.removeEventListener('abort', onAbort);
  }
}

function watched(body: RequestBody, onPiece: () => void): RequestBody {
  return {
    sizeBytes: body.sizeBytes,
    async *open() {
      for await (const piece of body.open()) {
        onPiece();
        yield piece;
      }
    },
  };
}
