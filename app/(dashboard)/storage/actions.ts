'use server';

import { revalidatePath } from 'next/cache';
import { requireScope } from '#lib/auth/session.ts';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import { requestCollection } from '#lib/store/mutations.ts';

/** Asks the workers to collect the store now. Null when it is asked for. */
export async function collectNow(): Promise<ErrorReport | null> {
  const scope = await requireScope();
  try {
    await requestCollection({ scope });
  } catch (error) {
    return reportError(error);
  }
  revalidatePath('/storage');
  return null;
}
