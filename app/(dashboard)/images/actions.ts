'use server';

import { revalidatePath } from 'next/cache';
import { redirect } from 'next/navigation';
import { z } from 'zod';
import { requireScope } from '#lib/auth/session.ts';
import * as images from '#lib/images/mutations.ts';
import { definitionSchema, imageNameSchema } from '#lib/images/schema.ts';
import { cachePolicies } from '#lib/images/step-plan.ts';
import * as push from '#lib/push/mutations.ts';
import { parseInput, type Refusal, refusalOf } from '../builds/refusal.ts';

// Anybody with a session can call an action with anything: each parses what it got.

/** Saves an image, new or as the next revision, builds it and goes to the build; answers only when nothing of that was done. */
export async function saveAndBuild(input: unknown): Promise<Refusal> {
  const scope = await requireScope();
  let number: number;
  try {
    const saved = parseInput(saveSchema, input, 'The image was not saved');
    ({ number } = await push.saveAndBuild({ scope, ...saved }));
  } catch (error) {
    return refusalOf(error);
  }
  revalidatePath('/', 'layout');
  redirect(`/builds/${number}`);
}

/** Builds an image as it is and goes to the build; answers only when that was refused. */
export async function buildImage(input: unknown): Promise<Refusal> {
  const scope = await requireScope();
  let number: number;
  try {
    ({ number } = await push.buildAndPush({
      scope,
      ...parseInput(buildSchema, input, 'The build was not started'),
    }));
  } catch (error) {
    return refusalOf(error);
  }
  revalidatePath('/', 'layout');
  redirect(`/builds/${number}`);
}

/** Deletes an image with its revisions. Null when it is gone. */
export async function deleteImage(name: unknown): Promise<Refusal | null> {
  const scope = await requireScope();
  try {
    await images.deleteImage({ scope, name: parseInput(imageNameSchema, name, 'The image was not deleted') });
  } catch (error) {
    return refusalOf(error);
  }
  revalidatePath('/', 'layout');
  return null;
}

const saveSchema = z.object({
  name: imageNameSchema,
  definition: definitionSchema,
  /** The revision that was edited; null for a new image. */
  basedOn: z.int().min(1).nullable(),
});
const buildSchema = z.object({ name: imageNameSchema, cache: z.enum(cachePolicies) });
