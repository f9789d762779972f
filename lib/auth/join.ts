import { hashPassword } from 'better-auth/crypto';
import { transaction } from '#lib/db/client.ts';
import { findInvitation } from '#lib/teams/data.ts';
import { claimInvitation } from '#lib/teams/mutations.ts';
import { createAccount } from './mutations.ts';
import type { AccountInput } from './schema.ts';

/**
 * Makes an account for whoever holds an invitation's link and uses the link up, all or nothing.
 *
 * @throws InvitationGoneError
 * @throws EmailTakenError which leaves the link as it was
 */
export async function joinWorkspace(options: {
  readonly token: string;
  readonly account: AccountInput;
}): Promise<{ readonly userId: string }> {
  const { token, account } = options;
  // Before the slow hash, so that made-up tokens cost little.
  await findInvitation({ token });
  const passwordHash = await hashPassword(account.password);
  return transaction(async (tx) => {
    const userId = await createAccount({ tx, name: account.name, email: account.email, passwordHash });
    await claimInvitation({ tx, token, userId });
    return { userId };
  });
}
