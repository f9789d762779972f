import { drain } from './body.ts';
import { type Place, RedirectRefusedError, RegistryAnswerError } from './errors.ts';
import { type Answer, type HopRequest, sendHop } from './hop.ts';
import { nextAddress } from './next-address.ts';
import type { Fetch } from './types.ts';

/**
 * Sends a request and follows its redirects by hand. https://www.rfc-editor.org/rfc/rfc9110#section-15.4
 *
 * `authorization` goes to the origin of the request alone, and no more once a redirect has left it. https never
 * becomes http. Addresses of redirects are signed in many clouds and so stand in no error.
 * @throws RedirectRefusedError, RegistryAnswerError
 */
export async function sendFollowing(options: {
  readonly fetch: Fetch;
  readonly request: HopRequest;
  readonly authorization: string | undefined;
  readonly place: Place;
  readonly answerTimeoutMs: number;
  readonly signal: AbortSignal;
  /** The first redirect is the answer: it says enough, and is not followed. */
  readonly endsAtRedirect?: boolean | undefined;
}): Promise<Answer> {
  const { fetch, request, authorization, place, answerTimeoutMs, signal, endsAtRedirect } = options;
  let url = request.url;
  let isElsewhere = false;
  for (let followed = 0; ; followed += 1) {
    const headers =
      authorization === undefined || isElsewhere ? request.headers : { ...request.headers, authorization };
    const answer = await sendHop({ fetch, request: { ...request, url, headers }, answerTimeoutMs, signal });
    if (!isRedirect(answer.status)) return { ...answer, isElsewhere };
    await drain(answer, signal);
    if (endsAtRedirect === true) return { ...answer, isElsewhere };
    if (followed === redirectsMax) {
      throw new RedirectRefusedError({ place, why: `It redirected more than ${redirectsMax} times.` });
    }
    // The others turn what is sent into a GET. https://www.rfc-editor.org/rfc/rfc9110#section-15.4.2
    if (isUpload(request) && answer.status !== 307 && answer.status !== 308) {
      const why = `It redirected an upload with ${answer.status}, which drops what is sent.`;
      throw new RegistryAnswerError({ place, why });
    }
    url = nextAddress({ location: answer.headers.get('location'), from: url, place, verb: 'redirected' });
    isElsewhere ||= url.origin !== request.url.origin;
  }
}

/** Clouds redirect once, some vanity hosts twice. */
const redirectsMax = 5;

/** The statuses that carry a new address. */
function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function isUpload({ method }: HopRequest): boolean {
  return method !== 'GET' && method !== 'HEAD';
}
