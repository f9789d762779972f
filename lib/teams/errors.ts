import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** Something that only an owner may do. */
export class OwnerOnlyError extends SlipwayError {
  override readonly name = 'OwnerOnlyError';
  readonly code = 'owner_only';
  readonly kind = 'denied';

  constructor() {
    super({
      advice: {
        what: 'Only an owner can do this',
        why: 'You are a member of this workspace. Members and invitations are for owners to manage.',
        next: 'Ask an owner to do it.',
      },
    });
  }
}

/** A link that lets nobody in: unknown, used, revoked or outlived. All answer alike. */
export class InvitationGoneError extends SlipwayError {
  override readonly name = 'InvitationGoneError';
  readonly code = 'invitation_gone';
  readonly kind = 'not_found';

  constructor() {
    super({
      advice: {
        what: 'This invitation link does not work any more',
        why: 'A link works once and for seven days. It was used, it was revoked, or its time is over.',
        next: 'Ask the owner who sent it for a new one.',
      },
    });
  }
}

/** A workspace without an owner could never be managed again. */
export class LastOwnerError extends SlipwayError {
  override readonly name = 'LastOwnerError';
  readonly code = 'last_owner';
  readonly kind = 'conflict';

  constructor() {
    super({
      advice: {
        what: 'The last owner cannot be removed',
        why: 'Nobody could invite or remove people afterwards.',
        next: 'Keep this account, or make a new workspace.',
      },
    });
  }
}

/** Somebody who already is in the workspace opened a link to it. The link stays unused. */
export class AlreadyMemberError extends SlipwayError {
  override readonly name = 'AlreadyMemberError';
  readonly code = 'already_member';
  readonly kind = 'conflict';

  constructor() {
    super({
      advice: {
        what: 'You are in this workspace already',
        why: 'The link is for somebody who is not. It was not used up.',
        next: 'Send the link to the person it is for.',
      },
    });
  }
}
