/** The parts of `/images/NAME/TAG.tar` or `/builds/NUMBER/image.tar`, as they stand there. */
export interface DownloadPath {
  /** As a whole, without the query. */
  readonly path: string;
  readonly image: string | null;
  /** The tag, or the build's number. */
  readonly which: string;
  readonly query: URLSearchParams;
  /** The page that leads to what can be had instead. */
  readonly backTo: string;
}

/** Null for every other address. */
export function downloadPathOf(url: string | undefined): DownloadPath | null {
  const [path = '', query = ''] = (url ?? '').split('?', 2);
  const [, image, tag] = /^\/images\/([a-z0-9-]+)\/([^/]+)\.tar$/.exec(path) ?? [];
  if (image !== undefined && tag !== undefined) {
    return { path, image, which: tag, query: new URLSearchParams(query), backTo: `/images/${image}` };
  }
  const [, number] = /^\/builds\/([^/]+)\/image\.tar$/.exec(path) ?? [];
  if (number === undefined) return null;
  return { path, image: null, which: number, query: new URLSearchParams(query), backTo: `/builds/${number}` };
}
