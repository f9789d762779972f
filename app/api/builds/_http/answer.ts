import { apiSession } from '#lib/auth/session.ts';
import type { CurrentSession } from '#lib/auth/types.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { httpStatusOf, reportError } from '#lib/errors/report.ts';
import type { Scope } from '#lib/teams/scope.ts';

/**
 * Answers for whoever is signed in. What is thrown becomes `{error: ErrorReport}` with the status of its kind, 401 for a
 * stranger; another workspace's builds answer 404, as those that do not exist.
 */
export async function answer(
  request: Request,
  handle: (scope: Scope, session: CurrentSession) => Promise<Response>,
): Promise<Response> {
  try {
    const session = await apiSession(request);
    return await handle(session.scope, session);
  } catch (thrown) {
    const error = reportError(thrown);
    if (error.kind === 'internal') console.error(thrown);
    const status = error.code === 'not_signed_in' ? 401 : httpStatusOf(error.kind);
    return Response.json({ error }, { status, headers: noStore });
  }
}

/** What Next hands to the routes of one build. */
export interface BuildAddress {
  readonly params: Promise<{ readonly number: string }>;
}

export const noStore = { 'cache-control': 'no-store' } as const;

/** The number in a build's address. @throws NotFoundError for one that no build can have. */
export function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new NotFoundError('build');
  return Number(text);
}

/** A whole number of a query, or what holds without one. */
export function wholeNumber(text: string | null, fallback: number): number {
  return text !== null && /^\d{1,10}$/.test(text) ? Math.min(Number(text), intMax) : fallback;
}

/** The largest number that events and lines can have. */
const intMax = 2_147_483_647;
