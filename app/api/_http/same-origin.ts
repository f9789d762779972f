import { ForeignPageError } from './errors.ts';

/**
 * Refuses what a page of another site makes a browser send. Browsers say themselves from where a request comes, and no page
 * can change what they say; whoever sends neither header is no browser, and has no session that somebody else could abuse.
 * https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 *
 * @throws ForeignPageError
 */
export function requireSameOrigin(request: Request): void {
  const { headers } = request;
  const site = headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin') throw new ForeignPageError();
  const origin = headers.get('origin');
  if (origin !== null && !isHost(headers, origin)) throw new ForeignPageError();
}

/** Whether an origin is that of the host that was asked for, which `app/server.ts` has made sure of. */
function isHost(headers: Headers, origin: string): boolean {
  const host = headers.get('x-forwarded-host') ?? headers.get('host');
  if (host === null || !URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  // Read as an address of the same protocol, in which its default port is left out.
  const asked = `${protocol}//${host}`;
  return URL.canParse(asked) && new URL(asked).host === originHost;
}
