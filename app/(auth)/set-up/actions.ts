'use server';

import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { type FormState, failureOf, fieldErrors, keptValues, textsOf } from '#app/_components/form-state.ts';
import { auth } from '#lib/auth/better-auth.ts';
import { clientAddressOf } from '#lib/auth/client-address.ts';
import { WrongSetUpCodeError } from '#lib/auth/errors.ts';
import { setUpInputSchema } from '#lib/auth/schema.ts';
import { createOwner } from '#lib/auth/set-up.ts';
import { signIn } from '#lib/auth/sign-in.ts';

export async function submitSetUp(before: FormState, form: FormData): Promise<FormState> {
  const texts = textsOf(form);
  const answer = { ...before, values: keptValues(texts, 'password'), errors: {}, failure: null };
  const parsed = setUpInputSchema.safeParse(texts);
  if (!parsed.success) return { ...answer, errors: fieldErrors(parsed.error) };
  const input = parsed.data;
  const requestHeaders = await headers();
  try {
    await createOwner({ input, address: clientAddressOf(requestHeaders) });
    await signIn({ auth: await auth(), input, headers: requestHeaders });
  } catch (error) {
    if (error instanceof WrongSetUpCodeError) {
      return { ...answer, errors: { code: `${error.advice.what}. ${error.advice.next}` } };
    }
    return { ...answer, failure: failureOf(error) };
  }
  redirect('/');
}
