import type { ImageFiles } from './image-files.ts';

/** https://www.freedesktop.org/software/systemd/man/latest/os-release.html */
export interface OsRelease {
  /** `debian`, `alpine`; `linux` where the file does not say. */
  readonly id: string;
  /** What it was made from, nearest first: of Ubuntu `debian`. */
  readonly idLike: readonly string[];
  /** For people: `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string;
  /** `12`; empty for what has no versions. */
  readonly versionId: string;
}

/** Null for an image that does not say: those from scratch, for one. */
export async function readOsRelease(files: ImageFiles): Promise<OsRelease | null> {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    const found = files.find(path);
    const kept = found.kind === 'file' ? await files.read(found) : undefined;
    if (kept?.isText) return parseOsRelease(kept.text);
  }
  return null;
}

function parseOsRelease(text: string): OsRelease {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line.trim()) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, unquote(value));
  }
  const id = values.get('ID') ?? 'linux';
  return {
    id,
    idLike: (values.get('ID_LIKE') ?? '').split(' ').filter((like) => like !== ''),
    name: values.get('PRETTY_NAME') ?? values.get('NAME') ?? id,
    versionId: values.get('VERSION_ID') ?? '',
  };
}

/** Quoted as in a shell, without its expansions. */
function unquote(value: string): string {
  const quote = value.at(0);
  if ((quote !== '"' && quote !== "'") || value.length < 2 || !value.endsWith(quote)) return value;
  return value.slice(1, -1).replace(/\\(["'$`\\])/g, '$1');
}
