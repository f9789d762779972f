import { Prisma, prisma } from './client.ts';

export interface Readiness {
  readonly database: boolean;
  /** Every migration that was begun has ended, and there is one. */
  readonly migrations: boolean;
  /** A worker has said lately that it is there. */
  readonly worker: boolean;
}

/** Looks at what a web process depends on. Never throws: what cannot be seen counts as not there. */
export async function checkReadiness(): Promise<Readiness> {
  try {
    const [row] = await prisma().$queryRaw<{ migrations: boolean | null; worker: boolean }[]>(Prisma.sql`
      SELECT
        (SELECT bool_and(finished_at IS NOT NULL) FROM _prisma_migrations WHERE rolled_back_at IS NULL) AS migrations,
        EXISTS (SELECT FROM worker WHERE seen_at > now() - make_interval(secs => ${workerSilenceSeconds})) AS worker`);
    return { database: true, migrations: row?.migrations === true, worker: row?.worker === true };
  } catch (error) {
    // Tables that are not there yet: the database is, its schema is not.
    const isThere = error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2010';
    return { database: isThere, migrations: false, worker: false };
  }
}

/** A worker says that it is there every few seconds; one that was silent this long has gone. */
const workerSilenceSeconds = 15;
