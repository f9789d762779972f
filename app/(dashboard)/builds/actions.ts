'use server';

import { revalidatePath } from 'next/cache';
import { redirect } from 'next/navigation';
import { requireScope } from '#lib/auth/session.ts';
import { requestCancel, startBuild } from '#lib/builds/mutations.ts';
import { startBuildSchema } from '#lib/builds/schema.ts';
import { buildNumberSchema } from './build-number.ts';
import { parseInput, type Refusal, refusalOf } from './refusal.ts';

/** Starts a build and goes to its page; answers only when that was refused. */
export async function startBuildAction(input: unknown): Promise<Refusal> {
  const scope = await requireScope();
  let number: number;
  try {
    const parsed = parseInput(startBuildSchema, input, 'The build was not started');
    ({ number } = await startBuild({ scope, input: parsed }));
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
