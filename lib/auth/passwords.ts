import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { findPasswordHash, findUserId } from './data.ts';
import { WrongPasswordError } from './errors.ts';
import { forgetTries, replacePassword, takeTry } from './mutations.ts';
import { newPasswordSchema, type PasswordChange } from './schema.ts';
import { accountKey, passwordChangeKey, perAccount } from './tries.ts';

/**
 * Changes a person's own password and ends all their sessions but this one.
 *
 * @throws WrongPasswordError
 * @throws TooManyTriesError
 */
export async function changePassword(options: {
  readonly userId: string;
  readonly sessionId: string;
  readonly change: PasswordChange;
}): Promise<void> {
  const { userId, sessionId, change } = options;
  const key = passwordChangeKey(userId);
  await takeTry({ key, rule: perAccount });
  const hash = await findPasswordHash({ userId });
  if (hash === null || !(await verifyPassword({ hash, password: change.currentPassword }))) {
    throw new WrongPasswordError();
  }
  await replacePassword({
    userId,
    passwordHash: await hashPassword(change.newPassword),
    keptSessionId: sessionId,
  });
  await forgetTries({ key });
}

/**
 * Sets a password without knowing the one before, for the command line: whoever can run it has the server. Ends all
 * the person's sessions and their pause after wrong tries.
 *
 * @throws ZodError when the password is too short, too long or too uniform
 * @throws NotFoundError when nobody has this email
 */
export async function resetPassword(options: {
  readonly email: string;
  readonly password: string;
}): Promise<void> {
  const password = newPasswordSchema.parse(options.password);
  const email = options.email.trim().toLowerCase();
  const userId = await findUserId({ email });
  if (userId === null) throw new NotFoundError('account');
  await replacePassword({ userId, passwordHash: await hashPassword(password) });
  await forgetTries({ key: accountKey(email) });
}
