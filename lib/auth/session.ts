import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import type { Scope } from '#lib/teams/scope.ts';
import { auth } from './better-auth.ts';
import { isSetUp } from './data.ts';
import { NotSignedInError } from './errors.ts';
import { sessionOf } from './session-of.ts';
import { signInAddress } from './sign-in-address.ts';
import type { CurrentSession } from './types.ts';

/** Who looks at this page; null for a stranger. Asked once a request. */
export const currentSession = cache(async (): Promise<CurrentSession | null> => {
  return sessionOf({ auth: await auth(), headers: await headers() });
});

/** For pages and server actions: the scope, or off to the set-up page, or to the sign-in and from there back. */
export async function requireScope(): Promise<Scope> {
  return (await requireSession()).scope;
}

/** As `requireScope`, with what the pages show of the person. */
export async function requireSession(): Promise<CurrentSession> {
  const session = await currentSession();
  if (session !== null) return session;
  if (!(await isSetUp())) redirect('/set-up');
  redirect(signInAddress((await headers()).get('x-page-address')));
}

/** For route handlers. @throws NotSignedInError */
export async function apiSession(request: Request): Promise<CurrentSession> {
  const session = await sessionOf({ auth: await auth(), headers: request.headers });
  if (session === null) throw new NotSignedInError();
  return session;
}
