/** The sign-in page, which leads on to a page of this server: `/sign-in?next=%2Fbuilds%2F1`. */
export function signInAddress(next: string | null): string {
  const page = ownPage(next);
  return page === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ next: page })}`;
}

/**
 * The page of this server that a text names, with its query and fragment; the home page for whatever else, because the
 * text stands in an address that anybody can make up and send.
 */
export function ownPage(text: unknown): string {
  if (typeof text !== 'string' || text.length > textMax || !text.startsWith('/')) return '/';
  const url = URL.parse(text, nowhere);
  if (url === null || url.origin !== nowhere) return '/';
  // Resolved, `/.//host` begins as `//host` does, which is another server.
  return url.pathname.startsWith('//') ? '/' : `${url.pathname}${url.search}${url.hash}`;
}

const nowhere = 'http://nowhere.invalid';
/** Longer than any address that this server's pages make. */
const textMax = 2048;
