import type { Role } from './schema.ts';

export interface MemberRow {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  /** ISO 8601. */
  readonly joinedAt: string;
}

/** A link that was made and not yet used, revoked or outlived. Its token is nowhere: only its maker saw it. */
export interface InvitationRow {
  readonly id: string;
  readonly note: string;
  readonly createdByName: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** What somebody who holds a link may know before joining. */
export interface OpenInvitation {
  readonly workspaceName: string;
  readonly createdByName: string;
  readonly expiresAt: string;
}

/** A person's place in one workspace. */
export interface Membership {
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly role: Role;
}
