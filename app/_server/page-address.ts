import type { IncomingMessage } from 'node:http';

/**
 * Tells pages at which address they are asked for, which Next does not: the sign-in leads back there
 * (`lib/auth/session.ts`). What the client says of it is overwritten.
 */
export function tellPageAddress(request: IncomingMessage): void {
  const url = URL.parse(request.url ?? '/', 'http://nowhere.invalid');
  // Under this key, Next asks for the content of a page alone.
  url?.searchParams.delete('_rsc');
  request.headers['x-page-address'] = url === null ? '/' : `${url.pathname}${url.search}`;
}
