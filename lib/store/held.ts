import { Prisma } from '#lib/db/client.ts';

/** Whether an image is needed now: a build that has not ended holds it, or it is on loan. @param digest a column of the statement */
export function isHeld(digest: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(
    EXISTS (
      SELECT FROM image_hold AS hold JOIN build ON build.id = hold.build_id
      WHERE hold.image_digest = ${digest} AND build.state IN ('queued', 'running')
    )
    OR EXISTS (SELECT FROM image_loan AS loan WHERE loan.image_digest = ${digest} AND loan.until > now())
  )`;
}
