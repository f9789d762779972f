import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { prisma } from '#lib/db/client.ts';

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
}): Promise<void> {
  const { workerId: id, slots, busy } = options;
  const diskUsedPercent = await usedPercent(options.storeFolder);
  await prisma().$executeRaw`
    INSERT INTO worker (id, hostname, pid, slots, busy, disk_used_percent)
    VALUES (${id}::uuid, ${hostname()}, ${process.pid}::int, ${slots}::int, ${busy}::int, ${diskUsedPercent}::int)
    ON CONFLICT (id) DO UPDATE
    SET busy = excluded.busy, disk_used_percent = excluded.disk_used_percent, seen_at = now()`;
}

/** Whether another worker runs on this machine. The row of one that was killed says so no longer: its process is gone. */
export async function areOthersHere(options: { readonly workerId: string }): Promise<boolean> {
  const rows = await prisma().worker.findMany({
    where: { hostname: hostname(), id: { not: options.workerId } },
    select: { pid: true },
  });
  return rows.some(({ pid }) => pid !== process.pid && isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
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
