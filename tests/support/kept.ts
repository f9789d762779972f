import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Prisma, prisma } from '#lib/db/client.ts';

/**
 * All that an installation keeps, by place: the rows of every table of the configured database, and every file of its data folder. A file
 * that goes meanwhile holds nothing.
 */
export async function allKept(dataFolder: string): Promise<readonly (readonly [place: string, Buffer])[]> {
  const places: (readonly [string, Buffer])[] = [];
  const tables = await prisma().$queryRaw<{ name: string }[]>`
    SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'`;
  for (const { name } of tables) {
    const rows = await prisma().$queryRaw<{ row: string }[]>(
      Prisma.sql`SELECT entry::text AS row FROM ${Prisma.raw(name)} AS entry`,
    );
    places.push([`table ${name}`, Buffer.from(rows.map(({ row }) => row).join('\n'))]);
  }
  for (const file of await filesBelow(dataFolder)) {
    places.push([file, await readFile(file).catch(ifGone(Buffer.alloc(0)))]);
  }
  return places;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(ifGone([]));
  const found = await Promise.all(
    entries.map(async (entry) => {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(place);
      return entry.isFile() ? [place] : [];
    }),
  );
  return found.flat();
}

/** Stands in for what is not there any more. */
function ifGone<T>(nothing: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return nothing;
    throw error;
  };
}
