'use server';

import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { auth } from '#lib/auth/better-auth.ts';

/** Ends this browser's session. */
export async function signOut(): Promise<void> {
  const { api } = await auth();
  await api.signOut({ headers: await headers() });
  redirect('/sign-in');
}
