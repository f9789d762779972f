declare const minted: unique symbol;

/**
 * On whose behalf and inside which workspace something is read or written. Only `auth` (for a person's
 * request) and the worker's job loader (for a build) can mint one, so that no caller can forget it or make it up.
 */
export interface Scope {
  readonly workspaceId: string;
  /** The acting person; null when the worker acts for a build. */
  readonly userId: string | null;
  readonly userName: string;
  readonly role: 'owner' | 'member' | 'worker';
  readonly [minted]: true;
}
