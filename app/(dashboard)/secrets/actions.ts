'use server';

import { revalidatePath } from 'next/cache';
import { unstable_rethrow } from 'next/navigation';
import { z } from 'zod';
import { requireScope } from '#lib/auth/session.ts';
import * as secrets from '#lib/secrets/mutations.ts';
import { sealedSecretSchema, sealedVersionSchema } from '#lib/secrets/sealed-secret.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { type ActionFailure, failureOf } from './action-failure.ts';

// Actions can be called by anybody with a session and with anything: each parses what it got. What comes in is sealed
// already; no schema here has a place for a value.

/** Saves a new secret. Null when it is saved. */
export async function saveSecret(input: unknown): Promise<ActionFailure | null> {
  return act((scope) => secrets.saveSecret({ scope, input: sealedSecretSchema.parse(input) }));
}

/** Adds a version to a secret. Null when it is saved. */
export async function replaceValues(input: unknown): Promise<ActionFailure | null> {
  const schema = z.object({ secretId: z.uuid(), version: sealedVersionSchema });
  return act((scope) => secrets.replaceValues({ scope, ...schema.parse(input) }));
}

/** Deletes a secret with all its versions. Null when it is gone. */
export async function deleteSecret(id: unknown): Promise<ActionFailure | null> {
  return act((scope) => secrets.deleteSecret({ scope, id: z.uuid().parse(id) }));
}

async function act(run: (scope: Scope) => Promise<unknown>): Promise<ActionFailure | null> {
  try {
    await run(await requireScope());
  } catch (error) {
    // Redirects of the framework are thrown too.
    unstable_rethrow(error);
    return failureOf(error);
  }
  revalidatePath('/', 'layout');
  return null;
}
