import { apiSession } from '#lib/auth/session.ts';
import type { CurrentSession } from '#lib/auth/types.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { failureOf } from './failure.ts';

/**
 * Answers for whoever is signed in. What is thrown becomes `{error: ErrorReport}` with the status of its kind, 401 for a
 * stranger; what belongs to another workspace answers 404, as what does not exist.
 */
export async function answer(
  request: Request,
  handle: (scope: Scope, session: CurrentSession) => Promise<Response>,
): Promise<Response> {
  try {
    const session = await apiSession(request);
    return await handle(session.scope, session);
  } catch (thrown) {
    const { error, status } = failureOf(thrown);
    return Response.json({ error }, { status, headers: noStore });
  }
}

export const noStore = { 'cache-control': 'no-store' } as const;
