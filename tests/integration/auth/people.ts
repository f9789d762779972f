import { createAuth } from '#lib/auth/better-auth.ts';
import { clientAddressOf } from '#lib/auth/client-address.ts';
import { cookieSecret } from '#lib/auth/mutations.ts';
import { sessionOf } from '#lib/auth/session-of.ts';
import { createOwner, ensureSetUpCode } from '#lib/auth/set-up.ts';
import { signIn } from '#lib/auth/sign-in.ts';
import type { CurrentSession } from '#lib/auth/types.ts';

export const origin = 'http://slipway.test:3000';
export const owner = { name: 'Ines Okafor', email: 'ines@example.com', password: 'correct horse battery' };

/** The authentication of a server at `publicUrl`, on the database that is configured. */
export async function openAuth(publicUrl = origin) {
  return createAuth({ publicUrl: new URL(publicUrl), allowedOrigins: [], secret: await cookieSecret() });
}

export type TestAuth = Awaited<ReturnType<typeof openAuth>>;

/** Sets the server up with `owner`. */
export async function setUpOwner(): Promise<{ readonly userId: string }> {
  const code = await ensureSetUpCode();
  if (code === null) throw new Error('This database has an account already');
  return createOwner({
    input: { ...owner, code: code.replaceAll('-', '') },
    address: addressOf('192.0.2.1'),
  });
}

export function addressOf(address: string): string {
  return clientAddressOf(from(address));
}

/** The headers of a request from an address. */
export function from(address: string, more: Record<string, string> = {}): Headers {
  return new Headers({ 'x-forwarded-for': address, 'user-agent': 'a test', ...more });
}

/** Signs in as a browser does and returns the headers of its next requests. */
export async function openBrowser(options: {
  readonly auth: TestAuth;
  readonly email: string;
  readonly password: string;
  readonly address?: string;
}): Promise<Headers> {
  const { auth, email, password, address = '192.0.2.1' } = options;
  const response = await postSignIn({ auth, email, password, address });
  if (response.status !== 200) throw new Error(`Sign-in answered ${response.status}`);
  const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]);
  return from(address, { cookie: cookie.join('; ') });
}

/** The endpoint that browsers could post to, with no page between. */
export function postSignIn(options: {
  readonly auth: TestAuth;
  readonly email: string;
  readonly password: string;
  readonly address: string;
}): Promise<Response> {
  const { auth, email, password, address } = options;
  return auth.handler(
    new Request(`${origin}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: from(address, { 'content-type': 'application/json', origin }),
      body: JSON.stringify({ email, password }),
    }),
  );
}

/** What a browser's requests are allowed to do, or null. */
export function whoIs(auth: TestAuth, headers: Headers): Promise<CurrentSession | null> {
  return sessionOf({ auth, headers });
}

/** The name of the error that a sign-in ends with, or 'in'. */
export async function trySignIn(
  auth: TestAuth,
  options: { readonly email?: string; readonly password: string; readonly address?: string },
): Promise<string> {
  const { email = owner.email, password, address = '192.0.2.1' } = options;
  return signIn({ auth, input: { email, password }, headers: from(address) }).then(
    () => 'in',
    (error: Error) => error.name,
  );
}
