import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { prisma } from '#lib/db/client.ts';
import type { EngineNote } from '#lib/engines/engine-note.ts';

/** How often a worker says that it is there. */
export const heartbeatMs = 2_000;

/** Rows of workers that said nothing for so long are history. */
const forgottenAfter = '1 hour';

/** Says that this worker is there, what it is doing and how full its disk is. */
export async function saySeen(options: {
  readonly workerId: string;
  readonly slots: number;
  readonly busy: number;
  readonly storeFolder: string;
  readonly engine: EngineNote;
}): Promise<void> {
  const { workerId: id, slots, busy } = options;
  const engine = JSON.stringify(options.engine);
  const diskUsedPercent = await usedPercent(options.storeFolder);
  await prisma().$executeRaw`
    INSERT INTO worker (id, hostname, pid, slots, busy, disk_used_percent, engine)
    VALUES (${id}::uuid, ${hostname()}, ${process.pid}::int, ${slots}::int, ${busy}::int, ${diskUsedPercent}::int, ${engine}::jsonb)
    ON CONFLICT (id) DO UPDATE
    SET busy = excluded.busy, disk_used_percent = excluded.disk_used_percent, engine = excluded.engine, seen_at = now()`;
}

/** Says that this worker has gone. */
export async function sayGone(workerId: string): Promise<void> {
  await prisma().$executeRaw`DELETE FROM worker WHERE id = ${workerId}::uuid`;
}

export async function forgetOldWorkers(): Promise<void> {
  await prisma().$executeRaw`DELETE FROM worker WHERE seen_at < now() - ${forgottenAfter}::interval`;
}

/** As `df` counts: of what an ordinary user may use, the share that is used. */
async function usedPercent(folder: string): Promise<number> {
  const { blocks, bfree, bavail } = await statfs(folder);
  const used = blocks - bfree;
  return used + bavail === 0 ? 0 : Math.min(100, Math.ceil((used / (used + bavail)) * 100));
}
