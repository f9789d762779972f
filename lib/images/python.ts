import type { ImageFiles } from './image-files.ts';
import { nameOf, parentOf } from './layer-contents.ts';
import type { Command } from './path-lookup.ts';

/** A Python that was found on PATH, as far as its place says what it is. */
export interface Python {
  readonly command: Command;
  /** `3.11`; undefined where neither its name nor its library says. */
  readonly version: string | undefined;
  /** Where its standard library is: `/usr/lib/python3.11`. */
  readonly libraryFolder: string | undefined;
  /** The virtual environment that it belongs to: `/opt/venv`. */
  readonly environmentFolder: string | undefined;
  /** Where packages are installed for it. */
  readonly packageFolders: readonly string[];
}

export interface PythonPackage {
  readonly name: string;
  readonly version: string;
}

/** Says what is known of a Python without running it. https://docs.python.org/3/library/sys_path_init.html */
export function describePython(files: ImageFiles, command: Command): Python {
  const prefix = parentOf(parentOf(command.file.path));
  const environmentFolder = findEnvironment(files, command.path);
  const library = findLibrary(files, { prefix, name: nameOf(command.file.path) });
  const libraries = (root: string) =>
    library.version === undefined
      ? []
      : ['lib', 'lib64'].flatMap((lib) =>
          ['site-packages', 'dist-packages'].map((kind) => `${root}/${lib}/python${library.version}/${kind}`),
        );
  // Debian keeps its own packages for all Pythons together, and what pip installs under /usr/local.
  const ownFolders =
    prefix === '/usr'
      ? [...libraries('/usr/local'), ...libraries(prefix), '/usr/lib/python3/dist-packages']
      : libraries(prefix);
  return {
    command,
    version: library.version,
    libraryFolder: library.folder,
    environmentFolder,
    packageFolders: environmentFolder === undefined ? ownFolders : libraries(environmentFolder),
  };
}

/**
 * What is installed, from the names of the folders that say so; of two with one name the one that Python finds.
 * https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-dist-info-directory
 */
export function installedPackages(files: ImageFiles, python: Python): readonly PythonPackage[] {
  const packages = new Map<string, PythonPackage>();
  for (const entry of python.packageFolders.flatMap((folder) => files.names(folder))) {
    const [, written, version] = /^([^-]+)-([^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info$/.exec(entry) ?? [];
    if (written === undefined || version === undefined) continue;
    // https://packaging.python.org/en/latest/specifications/name-normalization/
    const name = written.replace(/[-_.]+/g, '-').toLowerCase();
    if (!packages.has(name)) packages.set(name, { name, version });
  }
  return [...packages.values()];
}

/** A virtual environment has its mark beside or above the Python that was called, whatever that is a link to. */
export function findEnvironment(files: ImageFiles, path: string): string | undefined {
  const folder = parentOf(path);
  return [folder, parentOf(folder)].find((place) => files.find(`${place}/pyvenv.cfg`).kind === 'file');
}

function findLibrary(
  files: ImageFiles,
  python: { readonly prefix: string; readonly name: string },
): { readonly version?: string; readonly folder?: string } {
  const [, named] = /python(\d+\.\d+t?)$/.exec(python.name) ?? [];
  const candidates = ['lib', 'lib64'].flatMap((lib) => {
    const parent = `${python.prefix}/${lib}`;
    const versions = named === undefined ? files.names(parent).flatMap(versionOf) : [named];
    return versions.map((version) => ({ version, folder: `${parent}/python${version}` }));
  });
  const found = candidates.filter(
    ({ folder }) => files.has(`${folder}/os.py`) || files.has(`${folder}/os.pyc`),
  );
  const [first] = found;
  // Of several, only running it would tell.
  if (first !== undefined && found.every(({ version }) => version === first.version)) return first;
  return named === undefined ? {} : { version: named };
}

function versionOf(name: string): readonly string[] {
  return /^python(3\.\d+t?)$/.exec(name)?.slice(1) ?? [];
}
