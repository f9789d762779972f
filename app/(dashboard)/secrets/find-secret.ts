import { notFound } from 'next/navigation';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { getSecret } from '#lib/secrets/data.ts';
import type { SecretDetail } from '#lib/secrets/types.ts';
import type { Scope } from '#lib/teams/scope.ts';

/** The secret of a page's address, or the not-found page. */
export async function findSecret(options: {
  readonly scope: Scope;
  readonly name: string;
}): Promise<SecretDetail> {
  try {
    return await getSecret(options);
  } catch (error) {
    if (error instanceof NotFoundError) notFound();
    throw error;
  }
}
