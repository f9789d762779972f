'use server';

import { revalidatePath } from 'next/cache';
import { z } from 'zod';
import { requireScope } from '#lib/auth/session.ts';
import { InputError } from '#lib/errors/input.ts';
import * as secrets from '#lib/secrets/mutations.ts';
import { repositoriesSchema, sealedSecretSchema, sealedVersionSchema } from '#lib/secrets/sealed-secret.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { type ActionFailure, failureOf } from './action-failure.ts';

// Anybody with a session can call an action with anything: each parses what it got. What comes in is sealed already;
// no schema here has a place for a value.

/** Saves a new secret. Null when it is saved. */
export async function saveSecret(input: unknown): Promise<ActionFailure | null> {
  return act((scope) => secrets.saveSecret({ scope, input: parse(sealedSecretSchema, input) }));
}

/** Gives a secret new values. Null when they are saved. */
export async function replaceValues(input: unknown): Promise<ActionFailure | null> {
  return act((scope) => secrets.replaceValues({ scope, ...parse(replacementSchema, input) }));
}

/** Says for which repositories a secret is. Null when that is saved. */
export async function saveRepositories(input: unknown): Promise<ActionFailure | null> {
  return act((scope) => secrets.saveRepositories({ scope, ...parse(assignmentSchema, input) }));
}

/** Deletes a secret with all its versions. Null when it is gone. */
export async function deleteSecret(id: unknown): Promise<ActionFailure | null> {
  return act((scope) => secrets.deleteSecret({ scope, id: parse(z.uuid(), id) }));
}

const assignmentSchema = z.object({ id: z.uuid(), repositories: repositoriesSchema });
const replacementSchema = z.object({ id: z.uuid(), input: sealedVersionSchema });

async function act(run: (scope: Scope) => Promise<unknown>): Promise<ActionFailure | null> {
  const scope = await requireScope();
  try {
    await run(scope);
  } catch (error) {
    return failureOf(error);
  }
  // The sidebar counts secrets, on whatever page.
  revalidatePath('/', 'layout');
  return null;
}

/** @throws InputError: our own pages send what the schemas take, so nothing but age explains another shape. */
function parse<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InputError({
    what: 'Nothing was changed',
    why: `The server does not take what this page sent: ${parsed.error.issues[0]?.message ?? 'it has another shape.'}`,
    next: 'Reload the page and try again.',
  });
}
