import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { readBounded } from '#lib/oci/body.ts';
import { connectionFault } from '#lib/oci/connection-fault.ts';
import type { Clouds } from './clouds.ts';

/** What the SDK hands over to be sent, as far as it is used here: `HttpRequest` of `@smithy/types`. */
interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** `HttpResponse` of `@smithy/types`. */
interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** A call that did not come through and may the next time. The SDK tries again what has this mark. */
class BrokenCallError extends Error {
  override readonly name = 'BrokenCallError';
  readonly $retryable = {};
}

/**
 * Carries the SDK's requests over the guarded way out, so that the SDK opens no connection of its own and reads no proxy,
 * certificate or timeout from its surroundings. Answers are read whole, within bounds of size and time.
 */
export function awsTransport(clouds: Pick<Clouds, 'fetchFor'>) {
  return {
    async handle(
      request: SdkRequest,
      options: { readonly abortSignal?: unknown } = {},
    ): Promise<{ readonly response: SdkResponse }> {
      const { abortSignal } = options;
      const port = request.port === undefined ? '' : `:${request.port}`;
      const url = new URL(`${request.protocol}//${request.hostname}${port}${request.path}`);
      const stop = new AbortController();
      const ends = [stop.signal, AbortSignal.timeout(callTimeoutMs)];
      const signal = AbortSignal.any(abortSignal instanceof AbortSignal ? [...ends, abortSignal] : ends);
      try {
        const { status, headers, body } = await clouds.fetchFor(url)(url, {
          method: 'POST',
          headers: request.headers,
          body: textOf(request.body),
          redirect: 'manual',
          signal,
        });
        const bytes = await readBounded({
          answer: { status, headers, body, url, isElsewhere: false, abandon: () => stop.abort() },
          noun: 'answer of AWS',
          bytesMax: answerBytesMax,
          idleTimeoutMs: callTimeoutMs,
          signal,
        });
        return { response: { statusCode: status, headers: readHeaders(headers), body: bytes } };
      } catch (error) {
        if (error instanceof SlipwayError || !connectionFault(error).isRetryable) throw error;
        throw new BrokenCallError('The call did not come through.', { cause: error });
      }
    },
  };
}

/** A build waits for a token before anything else happens, and AWS answers within a second. */
const callTimeoutMs = 10_000;
/** Tokens have 3 KB, errors less. */
const answerBytesMax = 256 * 1024;

/** The headers that the SDK looks at: what an error is, which request it was, what time it is there, when to come again. */
const headersRead = ['content-type', 'date', 'age', 'retry-after', 'x-amz-retry-after', 'x-amzn-errortype'];

function readHeaders(headers: { get(name: string): string | null }): Record<string, string> {
  const names = [...headersRead, 'x-amzn-requestid', 'x-amz-request-id', 'x-amzn-query-error'];
  const found = names.map((name) => [name, headers.get(name)] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== null));
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  throw new TypeError('The SDK sends a body that is no text.');
}
