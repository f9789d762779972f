import { prisma } from '#lib/db/client.ts';
import { type EngineNote, engineNoteSchema } from '#lib/engines/engine-note.ts';
import type { EngineFacts } from './types.ts';

/** A worker that has said lately that it is there. Workers serve every workspace. */
export interface WorkerRow {
  readonly id: string;
  readonly hostname: string;
  readonly slots: number;
  readonly busy: number;
  readonly diskUsedPercent: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Null of a worker of an older version. */
  readonly engine: EngineNote | null;
}

export async function listWorkers(): Promise<readonly WorkerRow[]> {
  const rows = await prisma().worker.findMany({
    where: { seenAt: { gt: new Date(Date.now() - workerSilenceMs) } },
    orderBy: [{ hostname: 'asc' }, { startedAt: 'asc' }],
  });
  return rows.map(({ id, hostname, slots, busy, diskUsedPercent, startedAt, engine }) => ({
    ...{ id, hostname, slots, busy, diskUsedPercent, startedAt: startedAt.toISOString() },
    engine: engineNoteSchema.safeParse(engine).data ?? null,
  }));
}

/** The workers together. They serve every workspace, so this needs no scope. */
export async function readEngine(): Promise<EngineFacts> {
  const workers = await listWorkers();
  return {
    workers: workers.length,
    slots: workers.reduce((sum, { slots }) => sum + slots, 0),
    busy: workers.reduce((sum, { busy }) => sum + busy, 0),
    diskUsedPercent: Math.max(0, ...workers.map(({ diskUsedPercent }) => diskUsedPercent)),
  };
}

/** Why steps cannot run now, although workers are there; null when one of them has an engine, or none is there to ask. */
export async function whyNoEngine(): Promise<Pick<EngineNote, 'why' | 'next'> | null> {
  const workers = await listWorkers();
  const [lacking] = workers;
  if (lacking === undefined || workers.some(({ engine }) => engine === null || engine.facts !== null)) {
    return null;
  }
  return lacking.engine;
}

/** As the readiness check has it: a worker says that it is there every few seconds. */
export const workerSilenceMs = 15_000;
