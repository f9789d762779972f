'use server';

import { z } from 'zod';
import { requireScope } from '#lib/auth/session.ts';
import { listBuilds } from '#lib/builds/data.ts';
import { searchTextMax } from '#lib/builds/history-search.ts';
import type { BuildRow } from '#lib/builds/types.ts';
import { imageNameSchema } from '#lib/images/schema.ts';
import { historyPageRows, queryOf, statusFilters } from './_components/history-filter.ts';

/** The page of the history below a build. */
export async function loadOlderBuilds(
  input: unknown,
): Promise<{ readonly rows: readonly BuildRow[]; readonly next: number | null }> {
  const scope = await requireScope();
  const { before, ...filter } = inputSchema.parse(input);
  return listBuilds({ scope, ...queryOf(filter), before, limit: historyPageRows });
}

const inputSchema = z.object({
  status: z.enum(statusFilters),
  text: z.string().max(searchTextMax),
  image: imageNameSchema.nullable(),
  before: z.int().min(1),
});
