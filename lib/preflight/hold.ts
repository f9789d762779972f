import type { Prisma, Transaction } from '#lib/db/client.ts';
import { checksOf } from './data.ts';
import { ownFaultCodes } from './errors.ts';
import type { PreflightRow } from './types.ts';

/** What is to be checked, as far as it decides whether an older result answers it. */
export interface Question {
  readonly workspaceId: string;
  /** host[:port] of the reference */
  readonly registry: string | null;
  readonly reference: string | null;
  readonly platform: string;
  /** Of the saved version that signs in; null without a secret. */
  readonly versionId: string | null;
}

/** For how long what was found is as good as new. */
const heldMs = 60_000;

/**
 * The newest result that answers a question without asking the registry again; null when there is none. A result holds a
 * minute. Credentials that were refused are not tried again unchanged for as long as the row is kept: a registry may lock
 * an account that fails too often.
 */
export async function findHeld(tx: Transaction, question: Question): Promise<string | null> {
  return (await findRefused(tx, question)) ?? (await findRecent(tx, question));
}

async function findRecent(tx: Transaction, question: Question): Promise<string | null> {
  const { workspaceId, reference, platform, versionId } = question;
  const row = await tx.preflight.findFirst({
    where: {
      ...ofVersion(workspaceId, versionId),
      reference,
      platform,
      endedAt: { gt: new Date(Date.now() - heldMs) },
    },
    select: { id: true, checks: true },
    orderBy: { id: 'desc' },
  });
  return row !== null && isAnswer(checksOf(row.checks)) ? row.id : null;
}

/** The newest look at these credentials by this registry, if it refused them. */
async function findRefused(tx: Transaction, question: Question): Promise<string | null> {
  const { workspaceId, registry, versionId } = question;
  if (versionId === null) return null;
  const host =
    registry === null ? [] : [{ reference: { startsWith: `${registry}/`, mode: 'insensitive' } as const }];
  const row = await tx.preflight.findFirst({
    where: {
      ...ofVersion(workspaceId, versionId),
      AND: [
        { OR: [{ reference: null }, ...host] },
        { OR: [{ isRefused: true }, { checks: { array_contains: signedIn } }] },
      ],
    },
    select: { id: true, isRefused: true },
    orderBy: { id: 'desc' },
  });
  return row?.isRefused === true ? row.id : null;
}

/** A draft has the id of a secret and of no version: its result answers for nothing else. */
function ofVersion(workspaceId: string, versionId: string | null) {
  const secret = versionId === null ? { secretId: null } : {};
  return {
    workspaceId,
    state: 'ended',
    secretVersionId: versionId,
    ...secret,
  } satisfies Prisma.PreflightWhereInput;
}

const signedIn = [{ name: 'sign_in', state: 'passed' }];

/** Where Slipway itself failed, nothing was found out. */
function isAnswer(checks: PreflightRow['checks']): boolean {
  return !checks.some(({ problem }) => problem !== undefined && ownFaultCodes.has(problem.code));
}
