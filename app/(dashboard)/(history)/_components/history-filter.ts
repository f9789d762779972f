import { matchesSearch, readSearch, searchTextMax } from '#lib/builds/history-search.ts';
import { buildStateSchema } from '#lib/builds/schema.ts';
import type { BuildRow } from '#lib/builds/types.ts';
import { imageNameSchema } from '#lib/images/schema.ts';

/** The filters of the history, as they stand in the address. */
export interface HistoryFilter {
  readonly status: StatusFilter;
  readonly text: string;
  /** Builds of the image of this name alone. */
  readonly image: string | null;
}

export const statusFilters = ['all', 'running', 'failed', 'queued', 'succeeded', 'cancelled'] as const;
export type StatusFilter = (typeof statusFilters)[number];

/** Rows of one page: two screens of a large display. */
export const historyPageRows = 50;

type Parameter = string | readonly string[] | undefined;

/** What the address does not say, or says in words that nobody wrote here, is no filter. */
export function readFilter(parameters: {
  readonly status?: Parameter;
  readonly q?: Parameter;
  readonly image?: Parameter;
}): HistoryFilter {
  const status = statusFilters.find((each) => each === parameters.status) ?? 'all';
  const text = typeof parameters.q === 'string' ? parameters.q.trim().slice(0, searchTextMax) : '';
  return { status, text, image: imageNameSchema.safeParse(parameters.image).data ?? null };
}

/** The address of the history under a filter. */
export function historyHref(filter: HistoryFilter): string {
  const { status, image } = filter;
  const text = filter.text.trim();
  const parameters = new URLSearchParams();
  if (status !== 'all') parameters.set('status', status);
  if (image !== null) parameters.set('image', image);
  if (text !== '') parameters.set('q', text);
  return parameters.size === 0 ? '/' : `/?${parameters}`;
}

/** The same filter in the words of the query. */
export function queryOf({ status, text, image }: HistoryFilter) {
  return { status: buildStateSchema.safeParse(status).data, text, image: image ?? undefined };
}

/** Whether a row that comes in live belongs on the page, by the same rules as the query that made the page. */
export function fitsFilter(row: BuildRow, { status, text, image }: HistoryFilter): boolean {
  if (image !== null && row.image?.name !== image) return false;
  return fitsStatus(row, status) && matchesSearch(row, readSearch(text));
}

export function fitsStatus(row: Pick<BuildRow, 'state'>, status: StatusFilter): boolean {
  return status === 'all' || row.state === status;
}
