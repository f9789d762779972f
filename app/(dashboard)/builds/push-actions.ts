'use server';

import { z } from 'zod';
import { requireScope } from '#lib/auth/session.ts';
import { InputError } from '#lib/errors/input.ts';
import { cancelPush, savePushTarget, startPush } from '#lib/push/mutations.ts';
import { pushInputSchema, pushTargetSchema } from '#lib/push/schema.ts';
import { buildNumberSchema } from './build-number.ts';
import { type Refusal, refusalOf } from './refusal.ts';

// Anybody with a session can call an action with anything: each parses what it got.

/** Queues a push of a build's image; null when it is queued. */
export async function startPushAction(number: unknown, input: unknown): Promise<Refusal | null> {
  return tried(async (scope) => {
    const parsed = pushInputSchema.safeParse(input);
    if (!parsed.success) throw notTyped;
    await startPush({ scope, number: buildNumberSchema.parse(number), input: parsed.data });
  });
}

/** Asks for a push to stop; null when that was heard. */
export async function cancelPushAction(id: unknown): Promise<Refusal | null> {
  return tried((scope) => cancelPush({ scope, id: z.uuid().parse(id) }));
}

/** Says where an image goes, or with null that it goes nowhere; null when it is kept. */
export async function savePushTargetAction(image: unknown, target: unknown): Promise<Refusal | null> {
  return tried(async (scope) => {
    const parsed = pushTargetSchema.nullable().safeParse(target);
    if (!parsed.success) throw notTyped;
    await savePushTarget({ scope, image: z.string().parse(image), target: parsed.data });
  });
}

async function tried(
  work: (scope: Awaited<ReturnType<typeof requireScope>>) => Promise<void>,
): Promise<Refusal | null> {
  const scope = await requireScope();
  try {
    await work(scope);
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}

const notTyped = new InputError(
  {
    what: 'There is no target',
    why: 'The field for where the image goes is empty.',
    next: 'Type a reference with a tag, such as ghcr.io/team/app:1.4.',
  },
  { reference: 'Type where the image goes, such as ghcr.io/team/app:1.4' },
);
