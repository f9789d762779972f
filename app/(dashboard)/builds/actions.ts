'use server';

import { revalidatePath } from 'next/cache';
import { redirect } from 'next/navigation';
import { requireScope } from '#lib/auth/session.ts';
import { requestCancel, startBuild } from '#lib/builds/mutations.ts';
import { startBuildSchema } from '#lib/builds/schema.ts';
import { InputError } from '#lib/errors/input.ts';
import { buildNumberSchema } from './build-number.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** Starts a build and goes to its page; answers only when that was refused. */
export async function startBuildAction(input: unknown): Promise<Refusal> {
  const scope = await requireScope();
  const parsed = startBuildSchema.safeParse(input);
  if (!parsed.success) return refusalOf(notTyped);
  let number: number;
  try {
    ({ number } = await startBuild({ scope, input: parsed.data }));
  } catch (error) {
    return refusalOf(error);
  }
  // The sidebar counts builds, on whatever page.
  revalidatePath('/', 'layout');
  redirect(`/builds/${number}`);
}

/** Asks for a build to stop; answers null when it was asked. */
export async function cancelBuildAction(input: number): Promise<Refusal | null> {
  const scope = await requireScope();
  try {
    await requestCancel({ scope, number: buildNumberSchema.parse(input) });
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}

const notTyped = new InputError(
  {
    what: 'The build was not started',
    why: 'The form has no image reference.',
    next: 'Type or paste one, such as docker.io/library/python:3.13.',
  },
  { reference: 'Type or paste an image reference, such as python:3.13' },
);
