import { type KeptFile, nameOf } from './layer-contents.ts';
import { condense, isPackageList, packageListBytesMax } from './package-lists.ts';

/** How much of a file is kept, from its beginning; 0 for the many that nobody asks for. `path` has no slash at its start. */
export type KeepRule = (file: { readonly path: string; readonly isExecutable: boolean }) => number;

/**
 * Which files' beginnings a layer's contents hold, so that they need not be read again: those that say what the image
 * is, and those that it starts with. `wanted` adds paths and bare names of one's own.
 */
export function keepRule(wanted: ReadonlySet<string>): KeepRule {
  return ({ path, isExecutable }) => {
    const name = nameOf(path);
    if (isPackageList(path)) return packageListBytesMax;
    if (wanted.has(path) || wanted.has(name)) return keptBytesMax;
    if (isExecutable && name.includes('entrypoint')) return keptBytesMax;
    return patterns.some((pattern) => pattern.test(path)) ? keptBytesMax : 0;
  };
}

/** Bytes as a kept file. What has a NUL in it is no text: the system runs it, or nobody does. */
export function keptFile(file: {
  readonly path: string;
  readonly bytes: Buffer;
  readonly sizeBytes: number;
}): KeptFile {
  const { path, bytes, sizeBytes } = file;
  const isText = !bytes.includes(0);
  const text = isText ? condense(path, bytes.toString('utf8')) : '';
  return { text, isText, isWhole: bytes.length === sizeBytes };
}

const patterns = [
  // https://www.freedesktop.org/software/systemd/man/latest/os-release.html
  /^(?:etc|usr\/lib)\/os-release$/,
  // https://pip.pypa.io/en/stable/topics/configuration/#location
  /^(?:etc|etc\/xdg\/pip|root\/\.pip|root\/\.config\/pip)\/pip\.conf$/,
  // The first line says whose pip it is.
  /(?:^|\/)bin\/pip\d*(?:\.\d+)?$/,
  // These say the whole version of a Python.
  /(?:^|\/)include\/python3\.\d+t?\/patchlevel\.h$/,
  /(?:^|\/)pyvenv\.cfg$/,
];

/** The longest entrypoints of well-known images have 20 kB; a longer script was not written to be one. */
const keptBytesMax = 64 * 1024;

/** Of one layer. Past these, nothing more is kept: files with such names by the thousand are made to fill memory. */
export const keptFilesMax = 500;
