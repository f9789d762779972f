import type { Found, FoundFile, ImageFiles } from './image-files.ts';

/** How the image starts what it runs, from its config: https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md */
export interface RunConfig {
  /** `NAME=value` each. */
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** A command that was found on PATH. */
export interface Command {
  /** As it was found, before any link is followed: `/usr/bin/python`. */
  readonly path: string;
  readonly file: FoundFile;
}

/** Why a name on PATH is no command, although there is something: of the first such thing. */
interface Obstacle {
  readonly path: string;
  readonly why: 'a broken link' | 'a link that leads in circles' | 'not executable';
}

export interface Lookup {
  readonly command?: Command;
  readonly obstacle?: Obstacle;
}

/** Finds a command as execvp(3) does: the first executable file of that name in the folders of PATH. */
export function lookUpCommand(options: {
  readonly files: ImageFiles;
  readonly config: RunConfig;
  readonly name: string;
}): Lookup {
  const { files, config, name } = options;
  let obstacle: Obstacle | undefined;
  for (const folder of pathFolders(config)) {
    const path = joinPath(folder, name);
    const found = files.find(path);
    if (found.kind === 'file' && found.isExecutable) return { command: { path, file: found } };
    const why = obstacleOf({ files, path, found });
    if (why !== undefined) obstacle ??= { path, why };
  }
  return obstacle === undefined ? {} : { obstacle };
}

function obstacleOf(options: {
  readonly files: ImageFiles;
  readonly path: string;
  readonly found: Found;
}): Obstacle['why'] | undefined {
  const { files, path, found } = options;
  if (found.kind === 'file') return 'not executable';
  if (found.kind === 'loop') return 'a link that leads in circles';
  return found.kind === 'missing' && files.has(path) ? 'a broken link' : undefined;
}

/** The folders of PATH, absolute. An empty one is the working directory: POSIX, XBD 8.3 */
export function pathFolders(config: RunConfig): readonly string[] {
  const path = envValue(config, 'PATH') ?? defaultPath;
  if (path === '') return [];
  return path
    .split(':', foldersMax)
    .map((folder) => (folder.startsWith('/') ? folder : joinPath(config.workingDir || '/', folder)));
}

/** Of a variable that is set twice the last value counts, as in a shell. */
export function envValue(config: RunConfig, name: string): string | undefined {
  return config.env.findLast((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

export function joinPath(folder: string, name: string): string {
  return `${folder.replace(/\/$/, '')}/${name}`;
}

/** What Docker and containerd set where the config says nothing: https://github.com/moby/moby/blob/v28.0.0/oci/defaults.go */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Each folder costs a look-up; PATHs of people have a dozen. */
const foldersMax = 100;
