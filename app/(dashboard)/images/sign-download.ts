'use server';

import { requireSession } from '#lib/auth/session.ts';
import { type SignedAddress, signAddress } from '#lib/auth/signed-address.ts';
import { findResult } from '#lib/builds/results/open-result.ts';
import { reportError } from '#lib/errors/report.ts';
import { imageNameSchema } from '#lib/images/schema.ts';
import type { Refusal } from './actions.ts';

/** An address of an image's newest result that needs no cookie, or why there is none. Anybody with a session can call it with anything. */
export async function signDownload(input: unknown): Promise<SignedAddress | Refusal> {
  const session = await requireSession();
  try {
    const image = imageNameSchema.parse(input);
    await findResult({ scope: session.scope, address: { image, tag: { kind: 'latest' } } });
    return await signAddress({ session, path: `/images/${image}/latest.tar` });
  } catch (error) {
    return { report: reportError(error), fields: {} };
  }
}
