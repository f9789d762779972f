import { prisma } from '#lib/db/client.ts';
import type { Scope } from '#lib/teams/scope.ts';

/** What the frame around every page shows of the workspace. */
export interface ShellCounts {
  readonly builds: number;
  readonly secrets: number;
}

/** The workers together, as one engine. */
export interface EngineFacts {
  /** Seen in the last seconds. 0: builds wait. */
  readonly workers: number;
  readonly slots: number;
  readonly busy: number;
  /** Of the fullest disk, 0 to 100. */
  readonly diskUsedPercent: number;
}

export interface FoundSecret {
  readonly name: string;
  readonly type: string;
}

export async function countShell(options: { readonly scope: Scope }): Promise<ShellCounts> {
  const { workspaceId } = options.scope;
  const [workspace, secrets] = await Promise.all([
    prisma().workspace.findUnique({ where: { id: workspaceId }, select: { buildNumber: true } }),
    prisma().secret.count({ where: { workspaceId } }),
  ]);
  return { builds: workspace?.buildNumber ?? 0, secrets };
}

/** Workers serve every workspace, so this needs no scope. */
export async function readEngine(): Promise<EngineFacts> {
  const seen = await prisma().worker.findMany({
    where: { seenAt: { gt: new Date(Date.now() - workerSilenceMs) } },
  });
  return {
    workers: seen.length,
    slots: seen.reduce((sum, worker) => sum + worker.slots, 0),
    busy: seen.reduce((sum, worker) => sum + worker.busy, 0),
    diskUsedPercent: Math.max(0, ...seen.map((worker) => worker.diskUsedPercent)),
  };
}

/** Secrets whose name holds a text, for the command palette. */
export async function findSecretsByName(options: {
  readonly scope: Scope;
  readonly text: string;
  readonly limit: number;
}): Promise<readonly FoundSecret[]> {
  return prisma().secret.findMany({
    where: { workspaceId: options.scope.workspaceId, name: { contains: options.text, mode: 'insensitive' } },
    select: { name: true, type: true },
    orderBy: { name: 'asc' },
    take: options.limit,
  });
}

/** As the readiness check has it: a worker says that it is there every few seconds. */
const workerSilenceMs = 15_000;
