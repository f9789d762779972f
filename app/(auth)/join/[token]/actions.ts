'use server';

import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { type FormState, failureOf, fieldErrors, keptValues, textsOf } from '#app/_components/form-state.ts';
import { auth } from '#lib/auth/better-auth.ts';
import { EmailTakenError } from '#lib/auth/errors.ts';
import { joinWorkspace } from '#lib/auth/join.ts';
import { accountInputSchema } from '#lib/auth/schema.ts';
import { signIn } from '#lib/auth/sign-in.ts';

export async function submitJoin(token: string, before: FormState, form: FormData): Promise<FormState> {
  const texts = textsOf(form);
  const answer = { ...before, values: keptValues(texts, 'password'), errors: {}, failure: null };
  const parsed = accountInputSchema.safeParse(texts);
  if (!parsed.success) return { ...answer, errors: fieldErrors(parsed.error) };
  try {
    await joinWorkspace({ token, account: parsed.data });
    await signIn({ auth: await auth(), input: parsed.data, headers: await headers() });
  } catch (error) {
    if (error instanceof EmailTakenError) {
      return { ...answer, errors: { email: `${error.advice.what}. ${error.advice.next}` } };
    }
    return { ...answer, failure: failureOf(error) };
  }
  redirect('/');
}
