'use server';

import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { type FormState, failureOf, fieldErrors, keptValues, textsOf } from '#app/_components/form-state.ts';
import { auth } from '#lib/auth/better-auth.ts';
import { signInInputSchema } from '#lib/auth/schema.ts';
import { signIn } from '#lib/auth/sign-in.ts';
import { ownPage } from '#lib/auth/sign-in-address.ts';

export async function submitSignIn(before: FormState, form: FormData): Promise<FormState> {
  const texts = textsOf(form);
  const answer = { ...before, values: keptValues(texts, 'password'), errors: {}, failure: null };
  const parsed = signInInputSchema.safeParse(texts);
  if (!parsed.success) return { ...answer, errors: fieldErrors(parsed.error) };
  try {
    await signIn({ auth: await auth(), input: parsed.data, headers: await headers() });
  } catch (error) {
    return { ...answer, failure: failureOf(error) };
  }
  redirect(ownPage(texts.next));
}
