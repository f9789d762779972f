import { isAPIError } from 'better-auth/api';
import type { Auth } from './better-auth.ts';
import { countTries } from './data.ts';
import { TooManyTriesError, WrongCredentialsError } from './errors.ts';
import type { SignInInput } from './schema.ts';
import { accountKey, perAccount } from './tries.ts';

/**
 * Opens a session. In a server action its cookie goes to the browser.
 *
 * @throws WrongCredentialsError alike for a wrong password and for an email that nobody has
 * @throws TooManyTriesError
 */
export async function signIn(options: {
  readonly auth: Auth;
  readonly input: SignInInput;
  /** Of the request: the client's address and browser. */
  readonly headers: Headers;
}): Promise<{ readonly token: string }> {
  const { auth, input, headers } = options;
  try {
    const { token } = await auth.api.signInEmail({ body: input, headers });
    return { token };
  } catch (error) {
    if (!isAPIError(error)) throw error;
    if (error.body?.code === 'too_many_tries') {
      throw new TooManyTriesError({ waitMs: Number(error.body.waitMs) });
    }
    if (error.body?.code !== 'INVALID_EMAIL_OR_PASSWORD') throw error;
    const { max, pauseMs } = perAccount;
    const tries = await countTries({ key: accountKey(input.email), pauseMs });
    throw new WrongCredentialsError({ triesLeft: Math.max(0, max - tries), pauseMs });
  }
}
