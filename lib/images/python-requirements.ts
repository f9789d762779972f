import { type Finding, passed, skipped, warned } from './finding.ts';
import { type ImageFacts, readImageFacts } from './image-facts.ts';
import type { ImageFiles } from './image-files.ts';
import { parentOf } from './layer-contents.ts';
import { type Command, envValue, lookUpCommand, pathFolders, type RunConfig } from './path-lookup.ts';
import { findEnvironment, type Python } from './python.ts';

export interface Examined {
  readonly files: ImageFiles;
  readonly config: RunConfig;
  readonly facts: ImageFacts;
}

/** Whether the command `python` is there, and is a Python 3. */
export function judgePython(examined: Examined): Finding {
  const { facts } = examined;
  const { python, python3 } = facts.commands;
  const named = namedPython(facts.python);
  if (python.command !== undefined) {
    const detail = `${python.command.path}${named === '' ? '' : `, ${named}`}`;
    if (facts.python?.version?.startsWith('2.') !== true) return passed(detail);
    return warned(detail, `Python 2 has had no updates since 2020. ${installRemedy(facts, 'python')}`);
  }
  if (python3.command !== undefined) {
    const { path } = python3.command;
    return warned(
      `Only python3 is on PATH: ${path}${named === '' ? '' : `, ${named}`}`,
      nameRemedy({ facts, from: path, name: 'python', debianPackage: 'python-is-python3' }),
    );
  }
  return absent(examined, 'python');
}

/** Whether the command `pip` is there, and installs for the Python that `python` is. */
export async function judgePip(examined: Examined): Promise<Finding> {
  const { facts } = examined;
  const { pip, pip3 } = facts.commands;
  if (pip.command !== undefined) {
    const owner = await ownerOf(examined, pip.command);
    if (owner !== undefined && facts.python !== undefined && !isSame(owner, facts.python)) {
      return warned(
        `${pip.command.path} installs for ${owner.path}, not for ${facts.python.command.path}`,
        'Install pip for the Python that is first on PATH: python -m ensurepip --upgrade.',
      );
    }
    const version = facts.packages.find(({ name }) => name === 'pip')?.version;
    return passed(version === undefined ? pip.command.path : `${pip.command.path}, pip ${version}`);
  }
  if (pip3.command !== undefined) {
    const { path } = pip3.command;
    return warned(`Only pip3 is on PATH: ${path}`, nameRemedy({ facts, from: path, name: 'pip' }));
  }
  return absent(examined, 'pip');
}

/** Whether pip would refuse: https://packaging.python.org/en/latest/specifications/externally-managed-environments/ */
export async function judgeMayInstall(examined: Examined): Promise<Finding> {
  const { files, config, facts } = examined;
  const { python, commands } = facts;
  if (python === undefined) return skipped('There is no Python on PATH');
  if (commands.pip.command === undefined && commands.pip3.command === undefined) {
    return skipped('There is no pip on PATH');
  }
  const { environmentFolder, libraryFolder } = python;
  if (environmentFolder !== undefined) return passed(`Into the virtual environment ${environmentFolder}`);
  if (libraryFolder === undefined) return skipped(`The library of ${python.command.path} was not found`);
  const mark = managedMark(files, python);
  if (mark === undefined) {
    return passed(`${namedPython(python) || 'This Python'} is not marked as managed by the system`);
  }
  const variable = 'PIP_BREAK_SYSTEM_PACKAGES';
  if (isTrue(envValue(config, variable) ?? '')) return passed(`${variable} is set in the image`);
  const file = await allowingFile(files);
  if (file !== undefined) return passed(`${file} says break-system-packages`);
  return warned(
    `pip refuses: ${facts.os?.name ?? 'the system'} manages this Python itself (${mark})`,
    `Slipway handles it: steps that install packages set ${variable}=1 themselves. Only commands of your own that call pip need it too.`,
  );
}

/**
 * Whether the Python that steps find is its distribution's, and installs nothing beside that without being told to.
 * https://packaging.python.org/en/latest/specifications/externally-managed-environments/
 */
export async function isPythonManaged(options: Pick<Examined, 'files' | 'config'>): Promise<boolean> {
  const { python } = await readImageFacts(options);
  return python !== undefined && managedMark(options.files, python) !== undefined;
}

/** The file that says so; a virtual environment is nobody's but its own. */
function managedMark(files: ImageFiles, python: Python): string | undefined {
  const mark = `${python.libraryFolder}/EXTERNALLY-MANAGED`;
  const isManaged = python.environmentFolder === undefined && files.find(mark).kind === 'file';
  return python.libraryFolder !== undefined && isManaged ? mark : undefined;
}

function absent({ files, config, facts }: Examined, name: 'python' | 'pip'): Finding {
  const { obstacle } = facts.commands[name];
  if (obstacle !== undefined) {
    return warned(`${obstacle.path} is ${obstacle.why}`, installRemedy(facts, name));
  }
  const onPath = pathFolders(config);
  const folder = usualFolders.find((usual) => {
    const found = files.find(`${usual}/${name}`);
    return !onPath.includes(usual) && found.kind === 'file' && found.isExecutable;
  });
  if (folder === undefined) return warned(`No ${name} on PATH`, installRemedy(facts, name));
  return warned(`${folder}/${name} is not on PATH`, `Put ${folder} on PATH in the image.`);
}

function namedPython(python: Python | undefined): string {
  return python?.version === undefined ? '' : `Python ${python.version}`;
}

interface Owner {
  /** The Python that a pip names in its first line, and where that comes to lie. */
  readonly path: string;
  readonly realPath: string;
  readonly environmentFolder: string | undefined;
}

/** Undefined where its first line does not say, or names what is not there. */
async function ownerOf({ files, config }: Examined, pip: Command): Promise<Owner | undefined> {
  const text = (await files.read(pip.file))?.text ?? '';
  const [, path, argument] = /^#![ \t]*(\/[^\s]+)[ \t]*([^\s]*)/.exec(text) ?? [];
  if (path === undefined) return undefined;
  if (path.endsWith('/env')) {
    const { command } = lookUpCommand({ files, config, name: argument ?? '' });
    return command && ownerAt(files, command.path);
  }
  return /\/python[\d.]*t?$/.test(path) ? ownerAt(files, path) : undefined;
}

function ownerAt(files: ImageFiles, path: string): Owner | undefined {
  const found = files.find(path);
  if (found.kind !== 'file') return undefined;
  return { path, realPath: found.path, environmentFolder: findEnvironment(files, path) };
}

function isSame(owner: Owner, python: Python): boolean {
  return owner.realPath === python.command.file.path && owner.environmentFolder === python.environmentFolder;
}

/** As pip reads a switch: https://pip.pypa.io/en/stable/topics/configuration/#boolean-options */
function isTrue(value: string): boolean {
  return /^(?:1|y|yes|t|true|on)$/i.test(value.trim());
}

async function allowingFile(files: ImageFiles): Promise<string | undefined> {
  for (const path of pipConfigs) {
    const found = files.find(path);
    const text = found.kind === 'file' ? ((await files.read(found))?.text ?? '') : '';
    const lines = text.split('\n').map((line) => /^break-system-packages\s*[=:](.*)$/.exec(line.trim())?.[1]);
    if (lines.some((value) => value !== undefined && isTrue(value))) return path;
  }
  return undefined;
}

function nameRemedy(options: {
  readonly facts: ImageFacts;
  readonly from: string;
  readonly name: string;
  readonly debianPackage?: string;
}): string {
  const { facts, from, name, debianPackage } = options;
  const link = `ln -s ${from} ${parentOf(from)}/${name}`;
  return debianPackage !== undefined && familyOf(facts) === 'debian'
    ? `Give it that name in the image: apt-get install -y ${debianPackage}, or ${link}.`
    : `Give it that name in the image: ${link}.`;
}

function installRemedy(facts: ImageFacts, name: 'python' | 'pip'): string {
  const install = installs[familyOf(facts)]?.[name];
  if (install !== undefined) return `Install it in the image: ${install}.`;
  return name === 'python'
    ? 'Install it in the image, or begin from one that has Python.'
    : 'Install it in the image: python -m ensurepip --upgrade.';
}

function familyOf({ os }: ImageFacts): string {
  return [os?.id ?? '', ...(os?.idLike ?? [])].find((id) => Object.hasOwn(installs, id)) ?? '';
}

const installs: Readonly<Record<string, { readonly python: string; readonly pip: string } | undefined>> = {
  debian: {
    python: 'apt-get install -y python3 python3-pip python-is-python3',
    pip: 'apt-get install -y python3-pip',
  },
  alpine: { python: 'apk add python3 py3-pip', pip: 'apk add py3-pip' },
  fedora: {
    python: 'dnf install -y python3 python3-pip python-unversioned-command',
    pip: 'dnf install -y python3-pip',
  },
};

const usualFolders = [
  '/usr/local/bin',
  '/usr/bin',
  '/opt/conda/bin',
  '/opt/venv/bin',
  '/venv/bin',
  '/app/.venv/bin',
];

/** https://pip.pypa.io/en/stable/topics/configuration/#location */
const pipConfigs = [
  '/etc/pip.conf',
  '/etc/xdg/pip/pip.conf',
  '/root/.pip/pip.conf',
  '/root/.config/pip/pip.conf',
];
