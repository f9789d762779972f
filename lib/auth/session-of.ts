import { findMembership } from '#lib/teams/data.ts';
import { mintScope } from '#lib/teams/mint-scope.ts';
import type { Auth } from './better-auth.ts';
import type { CurrentSession, FoundSession } from './types.ts';

/**
 * The session that a request's cookie opens. Membership is looked up each time, so that whoever was removed is out
 * with the next request.
 */
export async function sessionOf(options: {
  readonly auth: Auth;
  readonly headers: Headers;
}): Promise<CurrentSession | null> {
  const found = await options.auth.api.getSession({ headers: options.headers });
  return found === null ? null : inWorkspace(found);
}

/** Null once its person is no member. */
export async function inWorkspace({ user, session }: FoundSession): Promise<CurrentSession | null> {
  const membership = await findMembership({ userId: user.id, workspaceId: session.workspaceId ?? null });
  if (membership === null) return null;
  return {
    scope: mintScope({
      workspaceId: membership.workspaceId,
      userId: user.id,
      userName: user.name,
      role: membership.role,
    }),
    sessionId: session.id,
    email: user.email,
    workspaceName: membership.workspaceName,
  };
}
