import type { ImageFiles } from './image-files.ts';
import { type OsRelease, readOsRelease } from './os-release.ts';
import { type Lookup, lookUpCommand, type RunConfig } from './path-lookup.ts';
import { describePython, installedPackages, type Python, type PythonPackage } from './python.ts';

/** What an image has for those who install Python packages in it. Found without running anything. */
export interface ImageFacts {
  readonly os: OsRelease | null;
  /** What the names mean on the image's PATH. */
  readonly commands: Readonly<Record<'python' | 'python3' | 'pip' | 'pip3', Lookup>>;
  /** The `python` of PATH; where there is none, its `python3`. */
  readonly python: Python | undefined;
  /** What that Python has installed. */
  readonly packages: readonly PythonPackage[];
}

export async function readImageFacts(options: {
  readonly files: ImageFiles;
  readonly config: RunConfig;
}): Promise<ImageFacts> {
  const { files } = options;
  const lookUp = (name: string) => lookUpCommand({ ...options, name });
  const commands = {
    python: lookUp('python'),
    python3: lookUp('python3'),
    pip: lookUp('pip'),
    pip3: lookUp('pip3'),
  };
  const command = commands.python.command ?? commands.python3.command;
  const python = command === undefined ? undefined : describePython(files, command);
  const packages = python === undefined ? [] : installedPackages(files, python);
  return { os: await readOsRelease(files), commands, python, packages };
}
