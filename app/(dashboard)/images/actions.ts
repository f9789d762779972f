'use server';

import { revalidatePath } from 'next/cache';
import { redirect } from 'next/navigation';
import { z } from 'zod';
import { requireScope } from '#lib/auth/session.ts';
import { InputError } from '#lib/errors/input.ts';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import * as images from '#lib/images/mutations.ts';
import { definitionSchema, imageNameSchema } from '#lib/images/schema.ts';
import { cachePolicies } from '#lib/images/step-plan.ts';
import { buildAndPush } from '#lib/push/mutations.ts';

// Anybody with a session can call an action with anything: each parses what it got.

/** Why nothing was done. `fields` says it at the field, where the field is known. */
export interface Refusal {
  readonly report: ErrorReport;
  readonly fields: Readonly<Record<string, string>>;
}

/** Saves an image, new or as the next revision, builds it and goes to the build; answers only when that was refused. */
export async function saveAndBuild(input: unknown): Promise<Refusal> {
  const scope = await requireScope();
  let number: number;
  try {
    const { name, definition, basedOn } = parse(saveSchema, input);
    if (basedOn === null) await images.createImage({ scope, name, definition });
    else await images.saveRevision({ scope, name, definition, basedOn });
    ({ number } = await buildAndPush({ scope, name, cache: 'use' }));
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
    ({ number } = await buildAndPush({ scope, ...parse(buildSchema, input) }));
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
    await images.deleteImage({ scope, name: parse(imageNameSchema, name) });
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

/** @throws InputError naming the field, as far as it is known */
function parse<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const why = issue?.message ?? 'It has another shape.';
  throw new InputError(
    { what: 'Nothing was changed', why, next: 'Correct it and try again.' },
    { [String(issue?.path[0] ?? '')]: why },
  );
}

function refusalOf(error: unknown): Refusal {
  const report = reportError(error);
  if (report.kind === 'internal') console.error(error);
  return { report, fields: error instanceof InputError ? error.fields : {} };
}
