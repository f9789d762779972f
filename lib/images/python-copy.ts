import { quoteValue } from './dockerfile.ts';
import { PythonMisfitError } from './errors.ts';
import type { FoundFile, ImageFiles } from './image-files.ts';
import { parentOf } from './layer-contents.ts';
import { lookUpCommand, pathFolders, type RunConfig } from './path-lookup.ts';
import { describePython } from './python.ts';

/** An image as it lies in the store, to be looked into. */
export interface ImageInside {
  readonly files: ImageFiles;
  readonly config: RunConfig;
}

/** How a Python comes from one image into another. */
export interface PythonCopy {
  /** Instructions; `COPY --from=python` names the image that it comes from. */
  readonly lines: readonly string[];
  /** What is copied and needs the system library of the base, and that library, where it is glibc. */
  readonly programs: readonly FoundFile[];
  readonly baseLibrary: FoundFile | undefined;
}

/**
 * Works out how a Python is copied: the folder that it is in, as a whole and to the same place, and beside the base's own
 * libraries those that its modules need and the base lacks (OpenSSL, SQLite, …). Nothing of it needs a shell in the base.
 *
 * @param options.version the series that was asked for: `3.12`
 * @throws PythonMisfitError when the image has no such Python, or the base another system library
 */
export function planPythonCopy(options: {
  readonly version: string;
  readonly source: ImageInside;
  readonly base: ImageInside;
}): PythonCopy {
  const { source, base } = options;
  const { prefix, program } = findPython(options);
  checkLibraries(options);
  const place = libraryFolder(base.files);
  const missing = libraryFolders(source.files)
    .flatMap((folder) =>
      source.files.names(folder).map((name) => ({ name, found: source.files.find(`${folder}/${name}`) })),
    )
    .filter(({ name }) => moduleLibraries.test(name) && !hasLibrary(base.files, name));
  const libraries = [
    ...new Map(missing.flatMap(({ name, found }) => (found.kind === 'file' ? [[name, found]] : []))),
  ];
  libraries.sort(([a], [b]) => (a < b ? -1 : 1));
  const ownLibraries = source.files
    .names(`${prefix}/lib`)
    .filter((name) => /^libpython\d.*\.so/.test(name))
    .map((name) => source.files.find(`${prefix}/lib/${name}`))
    .filter((found) => found.kind === 'file');
  const glibc = base.files.find(`${place}/libc.so.6`);
  return {
    lines: [
      `COPY --from=${pythonImageName} ${prefix}/ ${prefix}/`,
      ...libraries.map(([name, { path }]) => `COPY --from=${pythonImageName} ${path} ${place}/${name}`),
      ...pathLines(base, `${prefix}/bin`),
    ],
    programs: [program, ...ownLibraries, ...libraries.map(([, found]) => found)],
    baseLibrary: glibc.kind === 'file' ? glibc : undefined,
  };
}

/** What the instructions call the image that Python comes from. */
export const pythonImageName = 'python';

/** The libraries of the system that modules of Python's own library are linked with, by the names that they ask for. */
const moduleLibraries =
  /^lib(?:ssl|crypto|sqlite3|ffi|z|lzma|bz2|readline|ncursesw|panelw|tinfow?|uuid|gdbm|gdbm_compat|expat|crypt|zstd)\.so\.\d+$|^libbz2\.so\.1\.0$|^libdb-5\.3\.so$/;

function findPython({ version, source }: { readonly version: string; readonly source: ImageInside }) {
  const lookUp = (name: string) => lookUpCommand({ ...source, name }).command;
  const [command, pip] = [lookUp('python'), lookUp('pip')];
  if (command === undefined) throw new PythonMisfitError({ version, why: 'It has no python on its PATH.' });
  const prefix = parentOf(parentOf(command.file.path));
  const python = describePython(source.files, command);
  if (python.version !== undefined && python.version !== version) {
    throw new PythonMisfitError({ version, why: `Its python is Python ${python.version}.` });
  }
  if (pip === undefined || parentOf(pip.path) !== parentOf(command.path)) {
    throw new PythonMisfitError({ version, why: 'It has no pip beside its python.' });
  }
  if (['', '/usr'].includes(prefix) || python.environmentFolder !== undefined) {
    const why =
      python.environmentFolder === undefined
        ? `Its python lies in ${prefix}/bin, among files of its system, and cannot be copied from there.`
        : `Its python is that of a virtual environment, ${python.environmentFolder}, which is nothing without another.`;
    throw new PythonMisfitError({ version, why });
  }
  return { prefix, program: command.file };
}

/** Programs for one C library do not start with the other. */
function checkLibraries(options: {
  readonly version: string;
  readonly source: ImageInside;
  readonly base: ImageInside;
}): void {
  const { version } = options;
  const [source, base] = [libraryOf(options.source.files), libraryOf(options.base.files)];
  if (base === undefined) {
    throw new PythonMisfitError({
      version,
      why: 'The base has no C library that programs are started with, so no Python starts in it.',
      next: 'Choose another base, such as debian:bookworm-slim.',
    });
  }
  if (source === undefined || source === base) return;
  throw new PythonMisfitError({
    version,
    why: `It is built for ${source}, and the base has ${base}.`,
    next:
      base === 'musl'
        ? 'Leave out add_python and run `apk add python3 py3-pip` in a step, or choose a base with glibc, such as Debian or Ubuntu.'
        : undefined,
  });
}

function libraryOf(files: ImageFiles): 'glibc' | 'musl' | undefined {
  const names = ['/lib', '/lib64', '/usr/lib', '/usr/lib64'].flatMap((folder) => files.names(folder));
  if (names.some((name) => name.startsWith('ld-musl-'))) return 'musl';
  return names.some((name) => /^ld-linux.*\.so/.test(name)) ? 'glibc' : undefined;
}

/** Where programs look for libraries without being told to. */
function libraryFolders(files: ImageFiles): readonly string[] {
  const plain = ['/usr/lib', '/lib', '/usr/lib64', '/lib64'];
  const named = ['/usr/lib', '/lib'].flatMap((folder) =>
    files
      .names(folder)
      .filter((name) => /-linux-(?:gnu|musl)/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  return [...named, ...plain];
}

/** The one of them that the system's own library is in. */
function libraryFolder(files: ImageFiles): string {
  const folder = libraryFolders(files).find((each) => files.find(`${each}/libc.so.6`).kind === 'file');
  return folder ?? '/usr/lib';
}

function hasLibrary(files: ImageFiles, name: string): boolean {
  return libraryFolders(files).some((folder) => files.has(`${folder}/${name}`));
}

/** Puts the folder first on PATH unless no other python or pip comes before it there. */
function pathLines({ files, config }: ImageInside, folder: string): readonly string[] {
  const folders = pathFolders(config);
  const before = folders.slice(0, folders.indexOf(folder));
  const isFirst =
    folders.includes(folder) &&
    !before.some((each) => ['python', 'python3', 'pip'].some((name) => files.has(`${each}/${name}`)));
  return isFirst ? [] : [`ENV PATH=${quoteValue([folder, ...folders].join(':'))}`];
}

/** glibc that is older than what was built against it: nothing that is needed can be told to be there. */
export function checkGlibc(options: {
  readonly version: string;
  readonly needed: number | undefined;
  readonly provided: number | undefined;
}): void {
  const { version, needed, provided } = options;
  if (needed === undefined || provided === undefined || needed <= provided) return;
  throw new PythonMisfitError({
    version,
    why: `It needs glibc 2.${needed}, and the base has glibc 2.${provided}.`,
    next: 'Choose a newer base, or ask whoever runs this server for a Python that is built for older ones (SLIPWAY_PYTHON_IMAGE).',
  });
}
