/**
 * d: folder, x: file with an executable bit, f: any other regular file, l: symbolic link, h: hard link,
 * o: a device or the like.
 */
export type EntryKind = 'd' | 'x' | 'f' | 'l' | 'h' | 'o';

export interface FolderEntry {
  readonly kind: EntryKind;
  /** Where a link points, as the archive has it; '' for everything else. */
  readonly target: string;
}

/**
 * One name in the listing of a folder. A listing is all of them in a row, `//bin/lusr/bin//etc/d//init/x`: one string
 * for a folder instead of objects for its files, because images have hundreds of thousands of files of which a handful
 * is ever looked up. No name holds a slash, and no target two in a row or one at its end, so `//NAME/` is found without parsing.
 */
export function listingEntry(name: string, { kind, target }: FolderEntry): string {
  const plain = target.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  return `//${name}/${kind}${plain === '' && target !== '' ? '/.' : plain}`;
}

/** The newest entry with that name: in an archive the later of two counts. */
export function findEntry(listing: string, name: string): FolderEntry | undefined {
  const mark = `//${name}/`;
  const at = listing.lastIndexOf(mark);
  if (at < 0) return undefined;
  const start = at + mark.length;
  const end = listing.indexOf('//', start);
  return {
    kind: listing.charAt(start) as EntryKind,
    target: listing.slice(start + 1, end < 0 ? undefined : end),
  };
}

/** All names, in the order of the archive; one that comes twice is there twice. */
export function* namesIn(listing: string): Generator<string> {
  for (let at = listing.indexOf('//'); at >= 0; ) {
    const end = listing.indexOf('/', at + 2);
    yield listing.slice(at + 2, end);
    at = listing.indexOf('//', end + 1);
  }
}

/**
 * Whether this layer hides the name of lower layers: by a whiteout of its own, or because the whole folder was emptied.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts
 */
export function isHiddenBelow(listing: string, name: string): boolean {
  return listing.includes(`//${whiteoutPrefix}${name}/`) || listing.includes(`//${opaqueMarker}/`);
}

export function isWhiteout(name: string): boolean {
  return name.startsWith(whiteoutPrefix);
}

const whiteoutPrefix = '.wh.';
const opaqueMarker = '.wh..wh..opq';
