import type { InstalledPackage } from './contents.ts';
import type { ImageFiles } from './image-files.ts';
import type { Python } from './python.ts';

/**
 * The whole version of a Python, `3.12.7`, from the first that says it: its virtual environment, its headers, the system's package
 * of it, the image's environment. Where none does, what its place says: `3.12`.
 */
export async function fullVersionOf(options: {
  readonly files: ImageFiles;
  readonly python: Python;
  readonly env: readonly string[];
  readonly systemPackages: readonly InstalledPackage[];
}): Promise<string | null> {
  const { files, python, env, systemPackages } = options;
  const short = python.version?.replace(/t$/, '');
  const says = [
    await fromEnvironmentFolder(files, python),
    await fromHeaders(files, python),
    fromSystem(systemPackages, python),
    env.find((line) => line.startsWith('PYTHON_VERSION='))?.slice('PYTHON_VERSION='.length),
  ];
  const whole = says.find(
    (version) =>
      version !== undefined &&
      /^\d+\.\d+\.\d+/.test(version) &&
      (short === undefined || version.startsWith(`${short}.`)),
  );
  return whole ?? python.version ?? null;
}

/** `version = 3.12.7` of venv, `version_info = 3.12.7.final.0` of others. https://docs.python.org/3/library/venv.html */
async function fromEnvironmentFolder(files: ImageFiles, python: Python): Promise<string | undefined> {
  if (python.environmentFolder === undefined) return undefined;
  const text = await textAt(files, `${python.environmentFolder}/pyvenv.cfg`);
  return /^version(?:_info)?\s*=\s*(\d+\.\d+\.\d+)/m.exec(text)?.[1];
}

async function fromHeaders(files: ImageFiles, { libraryFolder }: Python): Promise<string | undefined> {
  if (libraryFolder === undefined) return undefined;
  const folder = libraryFolder.replace(/\/lib(?:64)?\/(python[^/]+)$/, '/include/$1');
  const text = await textAt(files, `${folder}/patchlevel.h`);
  return /^#define\s+PY_VERSION\s+"([^"]{1,40})"/m.exec(text)?.[1];
}

/** Debian's 3.11.2-6+deb12u6, Alpine's 3.12.8-r1. */
function fromSystem(packages: readonly InstalledPackage[], python: Python): string | undefined {
  if (!/^\/usr\/lib\//.test(python.libraryFolder ?? '')) return undefined;
  const names = new Set([`python${python.version}-minimal`, `libpython${python.version}-minimal`, 'python3']);
  for (const { kind, name, version } of packages) {
    if (kind === 'python' || !names.has(name)) continue;
    // Debian's `python3` names a series only: `3.11.2-1+b1` of the package, which holds nothing itself.
    const [found] =
      /^\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?/.exec(version.replace(/^\d+:/, '').replace('~', '')) ?? [];
    if (found !== undefined) return found;
  }
  return undefined;
}

async function textAt(files: ImageFiles, path: string): Promise<string> {
  const found = files.find(path);
  return found.kind === 'file' ? ((await files.read(found))?.text ?? '') : '';
}
