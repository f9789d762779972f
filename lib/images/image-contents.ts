import { clipText, type ImageContents, type InstalledPackage, packagesMax } from './contents.ts';
import { readImageFacts } from './image-facts.ts';
import type { ImageFiles } from './image-files.ts';
import { systemPackages } from './package-lists.ts';
import type { RunConfig } from './path-lookup.ts';
import { fullVersionOf } from './python-version.ts';

/** What an image has: its system, its Python, and what is installed. Read from its layers; what cannot be read is said. */
export async function readImageContents(options: {
  readonly files: ImageFiles;
  readonly config: RunConfig;
}): Promise<ImageContents> {
  const { files, config } = options;
  const [facts, system] = [await readImageFacts(options), await systemPackages(files)];
  const { os, python } = facts;
  const version =
    python && (await fullVersionOf({ files, python, env: config.env, systemPackages: system.packages }));
  const ofPython = facts.packages.map((each): InstalledPackage => ({ kind: 'python', ...each }));
  const packages = [...ofPython, ...system.packages].map(clipped).sort(byKindAndName);
  return {
    os: os && { id: clipText(os.id), name: clipText(os.name), versionId: clipText(os.versionId) },
    python: python === undefined ? null : { version: version ?? null, path: clipText(python.command.path) },
    packages: packages.slice(0, packagesMax),
    omitted: Math.max(0, packages.length - packagesMax),
    unread: system.unread.slice(0, unreadMax).map(clipText),
  };
}

/** What could not be looked at at all, for one reason. */
export function unknownContents(why: string): ImageContents {
  return { os: null, python: null, packages: [], omitted: 0, unread: [clipText(why)] };
}

const unreadMax = 10;

function clipped({ kind, name, version }: InstalledPackage): InstalledPackage {
  return { kind, name: clipText(name), version: clipText(version) };
}

function byKindAndName(one: InstalledPackage, other: InstalledPackage): number {
  const order = kindOrder[one.kind] - kindOrder[other.kind];
  if (order !== 0) return order;
  return one.name < other.name ? -1 : Number(one.name > other.name);
}

const kindOrder = { python: 0, debian: 1, alpine: 2 } as const;
