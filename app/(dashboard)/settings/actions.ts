'use server';

import { revalidatePath } from 'next/cache';
import { type FormState, failureOf, fieldErrors, textsOf } from '#app/_components/form-state.ts';
import { WrongPasswordError } from '#lib/auth/errors.ts';
import { renameUser } from '#lib/auth/mutations.ts';
import { changePassword } from '#lib/auth/passwords.ts';
import { nameInputSchema, passwordChangeSchema } from '#lib/auth/schema.ts';
import { requireScope, requireSession } from '#lib/auth/session.ts';
import { readSettings } from '#lib/config/load-settings.ts';
import type { ErrorReport } from '#lib/errors/report.ts';
import { invite, removeMember, renameWorkspace, revokeInvitation } from '#lib/teams/mutations.ts';
import { invitationInputSchema, workspaceInputSchema } from '#lib/teams/schema.ts';

export async function saveName(before: FormState, form: FormData): Promise<FormState> {
  const { scope } = await requireSession();
  const values = textsOf(form);
  const parsed = nameInputSchema.safeParse(values);
  if (!parsed.success) return { ...before, values, errors: fieldErrors(parsed.error), failure: null };
  await renameUser({ userId: scope.userId ?? '', name: parsed.data.name });
  return done(before);
}

export async function savePassword(before: FormState, form: FormData): Promise<FormState> {
  const { scope, sessionId } = await requireSession();
  const parsed = passwordChangeSchema.safeParse(textsOf(form));
  const answer = { ...before, values: {}, errors: {}, failure: null };
  if (!parsed.success) return { ...answer, errors: fieldErrors(parsed.error) };
  try {
    await changePassword({ userId: scope.userId ?? '', sessionId, change: parsed.data });
  } catch (error) {
    if (error instanceof WrongPasswordError) {
      return { ...answer, errors: { currentPassword: `${error.advice.what}. ${error.advice.next}` } };
    }
    return { ...answer, failure: failureOf(error) };
  }
  return done(before);
}

export async function saveWorkspace(before: FormState, form: FormData): Promise<FormState> {
  const scope = await requireScope();
  const values = textsOf(form);
  const parsed = workspaceInputSchema.safeParse(values);
  if (!parsed.success) return { ...before, values, errors: fieldErrors(parsed.error), failure: null };
  try {
    await renameWorkspace({ scope, input: parsed.data });
  } catch (error) {
    return { ...before, values, errors: {}, failure: failureOf(error) };
  }
  return done(before);
}

/** A form's answer with, once, the link that it made. */
export interface InvitationState extends FormState {
  readonly made: { readonly link: string; readonly note: string } | null;
}

export async function makeInvitation(before: InvitationState, form: FormData): Promise<InvitationState> {
  const scope = await requireScope();
  const values = textsOf(form);
  const parsed = invitationInputSchema.safeParse(values);
  if (!parsed.success) return { ...before, values, errors: fieldErrors(parsed.error), failure: null };
  try {
    const { token } = await invite({ scope, input: parsed.data });
    const link = new URL(`/join/${token}`, readSettings().publicUrl).href;
    return { ...done(before), made: { link, note: parsed.data.note } };
  } catch (error) {
    return { ...before, values, errors: {}, failure: failureOf(error) };
  }
}

/** Returns what went wrong, or null. */
export async function revoke(id: string): Promise<ErrorReport | null> {
  return attempt(async () => revokeInvitation({ scope: await requireScope(), id }));
}

/** Returns what went wrong, or null. */
export async function remove(userId: string): Promise<ErrorReport | null> {
  return attempt(async () => removeMember({ scope: await requireScope(), userId }));
}

async function attempt(act: () => Promise<void>): Promise<ErrorReport | null> {
  try {
    await act();
  } catch (error) {
    return failureOf(error);
  } finally {
    revalidatePath('/', 'layout');
  }
  return null;
}

function done(before: FormState): FormState {
  revalidatePath('/', 'layout');
  return { values: {}, errors: {}, failure: null, doneCount: before.doneCount + 1 };
}
