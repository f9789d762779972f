import type { Scope } from '#lib/teams/scope.ts';

/** A session that is open, before anybody asked for which workspace. */
export interface FoundSession {
  readonly user: { readonly id: string; readonly name: string; readonly email: string };
  readonly session: { readonly id: string; readonly workspaceId?: string | null | undefined };
}

/** Who looks at the page, and in which workspace. */
export interface CurrentSession {
  readonly scope: Scope;
  readonly sessionId: string;
  readonly email: string;
  readonly workspaceName: string;
}
