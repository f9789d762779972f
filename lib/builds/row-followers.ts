import { setTimeout as wait } from 'node:timers/promises';
import { Prisma, prisma } from '#lib/db/client.ts';
import { untilAborted } from '#lib/db/until-aborted.ts';
import { buildRowOf, readRows } from './build-row.ts';
import { isFinal } from './state.ts';
import type { BuildRow } from './types.ts';

/** Rows with which a follower begins, so that it lacks nothing that happened while its page was made. */
const firstRowsMax = 50;
/** Builds that are under way in one workspace, in one answer. */
const activeRowsMax = 500;
/** Changed rows that may wait for one follower. One further behind than this begins again. */
const waitingRowsMax = 1_000;
/** Rows that change together are read together, at most this often. */
const paceMs = 250;
/** How soon a read that failed is tried again. */
const retryMs = 500;

/** One browser that follows the builds of its workspace. A row that changes twice before it is taken is taken once. */
export class RowFollower {
  readonly workspaceId: string;
  readonly #waiting = new Map<string, BuildRow>();
  /** Builds that this follower believes to be under way. */
  readonly #active = new Set<string>();
  #changed = Promise.withResolvers<void>();
  #isBehind = false;

  constructor(workspaceId: string) {
    this.workspaceId = workspaceId;
  }

  get active(): readonly string[] {
    return [...this.#active];
  }

  offer(row: BuildRow): void {
    if (isFinal(row.state)) this.#active.delete(row.id);
    else this.#active.add(row.id);
    this.#waiting.set(row.id, row);
    this.#isBehind ||= this.#waiting.size > waitingRowsMax;
    this.#changed.resolve();
  }

  /** Rows that changed, or null when the follower is too far behind to go on. */
  async take(signal: AbortSignal): Promise<BuildRow[] | null> {
    await untilAborted(this.#changed.promise, signal);
    if (this.#isBehind) return null;
    this.#changed = Promise.withResolvers<void>();
    const rows = [...this.#waiting.values()];
    this.#waiting.clear();
    return rows;
  }
}

/** The followers of build lists in this process. A row that changed is read once for all of them. */
export class RowFollowers {
  readonly #followers = new Set<RowFollower>();
  readonly #changed = new Set<string>();
  #isPaced = false;

  get size(): number {
    return this.#followers.size;
  }

  async enter(follower: RowFollower): Promise<void> {
    this.#followers.add(follower);
    await this.#bringUpToDate(follower);
  }

  leave(follower: RowFollower): void {
    this.#followers.delete(follower);
  }

  announce(buildId: string): void {
    if (this.#followers.size === 0) return;
    this.#changed.add(buildId);
    void this.#readChanged();
  }

  /** Announcements may have been missed: each follower gets what it may have missed. */
  catchUp(): void {
    for (const follower of this.#followers) void this.#retryUpToDate(follower);
  }

  /** A database that starts again may hear announcements before it answers questions. */
  async #retryUpToDate(follower: RowFollower): Promise<void> {
    while (this.#followers.has(follower)) {
      try {
        return await this.#bringUpToDate(follower);
      } catch {
        await wait(retryMs, undefined, { ref: false });
      }
    }
  }

  async #bringUpToDate(follower: RowFollower): Promise<void> {
    const inWorkspace = Prisma.sql`workspace_id = ${follower.workspaceId}::uuid`;
    const isActive = Prisma.sql`(state IN ('queued', 'running') OR id = ANY(${follower.active}::uuid[]))`;
    const pages = await Promise.all([
      readRows(prisma(), { where: Prisma.sql`${inWorkspace} AND ${isActive}`, limit: activeRowsMax }),
      readRows(prisma(), { where: inWorkspace, limit: firstRowsMax }),
    ]);
    for (const row of pages.flat()) follower.offer(buildRowOf(row));
  }

  async #readChanged(): Promise<void> {
    if (this.#isPaced) return;
    this.#isPaced = true;
    const ids = [...this.#changed];
    this.#changed.clear();
    await this.#read(ids).catch(() => {
      for (const id of ids) this.#changed.add(id);
    });
    setTimeout(() => {
      this.#isPaced = false;
      if (this.#changed.size > 0) void this.#readChanged();
    }, paceMs).unref();
  }

  async #read(ids: readonly string[]): Promise<void> {
    const workspaces = [...new Set([...this.#followers].map(({ workspaceId }) => workspaceId))];
    const where = Prisma.sql`id = ANY(${ids}::uuid[]) AND workspace_id = ANY(${workspaces}::uuid[])`;
    for (const stored of await readRows(prisma(), { where, limit: ids.length })) {
      const row = buildRowOf(stored);
      for (const follower of this.#followers) {
        if (follower.workspaceId === stored.workspaceId) follower.offer(row);
      }
    }
  }
}
