import { randomUUID } from 'node:crypto';
import { prisma, transaction } from '#lib/db/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { ImageBlob } from './types.ts';

/** An image that something else than a build needs for a while: a download, a push. */
export interface ImageLoan {
  /** What the image consists of, as its build recorded it. */
  readonly blobs: readonly ImageBlob[];
  /** It is needed no more. */
  end(): Promise<void>;
}

/**
 * Keeps an image from being collected until the loan ends, or this process does: builds end in the database whatever happens to their
 * workers, but nobody would end the loan of a process that was killed, so loans expire and are extended while they last.
 *
 * Unlike a build's hold it takes back no condemnation: whoever borrows fetches nothing, and an image that is being removed may have
 * lost blobs already. Looking for blobs comes after this (README.md, Collection).
 *
 * @returns null when the store has the image no more
 */
export async function borrowImage(options: { readonly digest: Digest }): Promise<ImageLoan | null> {
  const id = randomUUID();
  const blobs = await transaction(async (tx) => {
    // A collection that has looked at the image and not yet condemned it sees by the time that it was needed since.
    const count = await tx.$executeRaw`
      UPDATE stored_image SET used_at = now() WHERE digest = ${options.digest} AND condemned_at IS NULL`;
    if (count === 0) return null;
    await tx.$executeRaw`
      INSERT INTO image_loan (id, image_digest, until) VALUES (${id}::uuid, ${options.digest}, now() + ${loanMs}::int * interval '1 millisecond')`;
    return tx.$queryRaw<ImageBlob[]>`
      SELECT digest, kind, position, size_bytes::float8 AS "sizeBytes"
      FROM stored_image_blob WHERE image_digest = ${options.digest}`;
  });
  if (blobs === null) return null;
  const extending = setInterval(() => {
    // A database that is away for longer than a loan costs the download at most, never bytes that are not the image's.
    void extendLoan(id).catch(() => {});
  }, extendEveryMs);
  extending.unref();
  return {
    blobs,
    async end() {
      clearInterval(extending);
      await prisma().imageLoan.deleteMany({ where: { id } });
    },
  };
}

async function extendLoan(id: string): Promise<void> {
  await prisma().$executeRaw`
    UPDATE image_loan SET until = now() + ${loanMs}::int * interval '1 millisecond' WHERE id = ${id}::uuid`;
}

/** How long an image stays on loan to a process that was killed. */
const loanMs = 120_000;
const extendEveryMs = 30_000;
