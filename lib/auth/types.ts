import type { Scope } from '#lib/teams/scope.ts';

/** Who looks at the page, and in which workspace. */
export interface CurrentSession {
  readonly scope: Scope;
  readonly sessionId: string;
  readonly email: string;
  readonly workspaceName: string;
}
