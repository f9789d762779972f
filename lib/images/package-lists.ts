import type { InstalledPackage, PackageKind } from './contents.ts';
import type { ImageFiles } from './image-files.ts';

/**
 * The lists that a system's package manager keeps of what it installed. They have megabytes, of which three lines a package are of
 * interest, so a layer's contents keep those alone.
 */
interface PackageList {
  readonly kind: PackageKind;
  /** Where it lies in a layer. */
  readonly pattern: RegExp;
  /** The lines that say what is installed; an empty one ends a package. */
  readonly line: RegExp;
}

const lists: readonly PackageList[] = [
  {
    // https://www.debian.org/doc/debian-policy/ch-controlfields.html; images without a shell have a file a package.
    kind: 'debian',
    pattern: /^var\/lib\/dpkg\/(?:status|status\.d\/(?!.*\.md5sums$)[^/]+)$/,
    line: /^(?:Package|Status|Version|Architecture): /,
  },
  {
    // https://wiki.alpinelinux.org/wiki/Apk_spec
    kind: 'alpine',
    pattern: /^(?:usr\/)?lib\/apk\/db\/installed$/,
    line: /^[PV]:/,
  },
];

/** The list of 5,000 packages has 7 MB. */
export const packageListBytesMax = 12 * 1024 * 1024;

export function isPackageList(path: string): boolean {
  return lists.some(({ pattern }) => pattern.test(path));
}

/** A package list with only the lines of interest; any other text as it is. */
export function condense(path: string, text: string): string {
  const list = lists.find(({ pattern }) => pattern.test(path));
  if (list === undefined) return text;
  const lines = text.split('\n').filter((each) => each === '' || list.line.test(each));
  return lines.join('\n');
}

/** What the system's package manager has installed, and what of that cannot be read. */
export async function systemPackages(
  files: ImageFiles,
): Promise<{ readonly packages: readonly InstalledPackage[]; readonly unread: readonly string[] }> {
  const unread: string[] = [];
  const read = async (path: string): Promise<string> => {
    const found = files.find(path);
    if (found.kind !== 'file') return '';
    const kept = await files.read(found);
    if (kept?.isText !== true) unread.push(`${path} cannot be read.`);
    else if (!kept.isWhole) unread.push(`${path} is so long that only its beginning was read.`);
    return kept?.text ?? '';
  };
  const folder = '/var/lib/dpkg/status.d';
  const single = files
    .names(folder)
    .filter((name) => !name.endsWith('.md5sums'))
    .map((name) => `${folder}/${name}`);
  const debian: string[] = [];
  for (const path of ['/var/lib/dpkg/status', ...single]) debian.push(await read(path));
  const alpine: string[] = [];
  for (const path of alpinePaths(files)) alpine.push(await read(path));
  if (rpmPaths.some((path) => files.has(path))) unread.push('Packages of RPM are not read.');
  return { packages: [...debianPackages(debian.join('\n\n')), ...alpinePackages(alpine.join('\n'))], unread };
}

/** Newer systems have the first name as a link to the second. */
function alpinePaths(files: ImageFiles): readonly string[] {
  const found = ['/lib/apk/db/installed', '/usr/lib/apk/db/installed'].map((path) => files.find(path).path);
  return [...new Set(found)];
}

const rpmPaths = [
  '/var/lib/rpm/rpmdb.sqlite',
  '/var/lib/rpm/Packages',
  '/var/lib/rpm/Packages.db',
  '/usr/lib/sysimage/rpm/rpmdb.sqlite',
];

function debianPackages(text: string): readonly InstalledPackage[] {
  const packages = new Map<string, InstalledPackage>();
  for (const paragraph of paragraphsOf(text, ': ')) {
    const [name, version] = [paragraph.get('Package'), paragraph.get('Version')];
    if (name === undefined || version === undefined) continue;
    // What was removed and left its settings behind is in the list too.
    if (!(paragraph.get('Status') ?? 'installed').endsWith('installed')) continue;
    if ((paragraph.get('Status') ?? '').endsWith('not-installed')) continue;
    // The same library for another architecture.
    const key = packages.has(name) ? `${name}:${paragraph.get('Architecture') ?? ''}` : name;
    packages.set(key, { kind: 'debian', name: key, version });
  }
  return [...packages.values()];
}

function alpinePackages(text: string): readonly InstalledPackage[] {
  return paragraphsOf(text, ':').flatMap((paragraph): InstalledPackage[] => {
    const [name, version] = [paragraph.get('P'), paragraph.get('V')];
    return name === undefined || version === undefined ? [] : [{ kind: 'alpine', name, version }];
  });
}

function paragraphsOf(text: string, separator: string): readonly ReadonlyMap<string, string>[] {
  return text.split(/\n{2,}/).map((paragraph) => {
    const fields = paragraph.split('\n').map((line) => {
      const at = line.indexOf(separator);
      return [line.slice(0, at), line.slice(at + separator.length).trim()] as const;
    });
    return new Map(fields);
  });
}
