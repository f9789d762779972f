import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rmdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { systemCodeOf } from './errors.ts';
import { isGone, type ProcessIdentity, thisProcess } from './process-identity.ts';

/**
 * A lease is a file `lease-N` in the folder that it guards. The highest N counts. Whoever wants a lease that is free
 * creates N + 1 exclusively, so of several that see the same dead leader exactly one takes over. The owner touches its file
 * while it lives. Correctness never rests on it: a leader that slept through its lease has a partial file of its own,
 * and commits are idempotent; what the lease saves is bytes fetched twice.
 */
export interface LeaseTiming {
  readonly heartbeatMs: number;
  /** Seen unchanged for this long, measured by the clock of whoever looks: clocks of machines need not agree. */
  readonly staleAfterMs: number;
  /** How often a follower looks. */
  readonly pollMs: number;
}

export const defaultLeaseTiming: LeaseTiming = { heartbeatMs: 1000, staleAfterMs: 6000, pollMs: 100 };

const contentSchema = z.object({
  owner: z.object({ machine: z.string(), pid: z.int(), birth: z.string() }),
  token: z.string(),
  state: z.enum(['held', 'released']),
});

/** The newest lease of a folder, as it was found. */
export interface LeaseRecord {
  readonly generation: number;
  /** Undefined while its owner has created but not yet written it. */
  readonly content: z.infer<typeof contentSchema> | undefined;
  readonly touchedAtMs: number;
}

export async function readLease(folder: string): Promise<LeaseRecord | undefined> {
  const generation = Math.max(0, ...(await generationsIn(folder)));
  if (generation === 0) return undefined;
  const file = leaseFile(folder, generation);
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { generation, content: parseContent(text), touchedAtMs: mtimeMs };
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** `idle`: nobody holds it and nobody can wake and think so. `stale`: its owner is silent, but may wake. */
export type LeaseStanding = 'held' | 'stale' | 'idle';

/** Judges a lease over time: silence is only known to whoever has listened for long enough. */
export class LeaseWatch {
  readonly #staleAfterMs: number;
  readonly #now: () => number;
  #seen: { readonly key: string; readonly sinceMs: number } | undefined;

  constructor(options: { readonly staleAfterMs: number; readonly now?: () => number }) {
    this.#staleAfterMs = options.staleAfterMs;
    this.#now = options.now ?? (() => performance.now());
  }

  judge(record: LeaseRecord | undefined): LeaseStanding {
    if (record === undefined || record.content?.state === 'released') return 'idle';
    if (record.content !== undefined && isGone(record.content.owner)) return 'idle';
    const key = `${record.generation} ${record.touchedAtMs}`;
    if (this.#seen?.key !== key) this.#seen = { key, sinceMs: this.#now() };
    return this.#now() - this.#seen.sinceMs >= this.#staleAfterMs ? 'stale' : 'held';
  }
}

/** Takes the lease that follows `after`. Undefined when somebody else was faster: look again. */
export async function takeLease(options: {
  readonly folder: string;
  readonly after: LeaseRecord | undefined;
  readonly timing: LeaseTiming;
}): Promise<Lease | undefined> {
  const { folder, after, timing } = options;
  const generation = (after?.generation ?? 0) + 1;
  await mkdir(folder, { recursive: true });
  let handle: FileHandle;
  try {
    handle = await open(leaseFile(folder, generation), 'wx');
  } catch (error) {
    // EEXIST: another was faster. ENOENT: another finished and removed the folder in between.
    if (['EEXIST', 'ENOENT'].includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
  const lease = new Lease({ folder, generation, handle, timing });
  try {
    await lease.begin();
  } catch (error) {
    await handle.close();
    await unlinkIfThere(leaseFile(folder, generation));
    throw error;
  }
  // Generations are deleted only after a higher one exists: so a number freed that way was not free.
  if (await lease.isHeld()) return lease;
  await lease.withdraw();
  return undefined;
}

/** A lease that this process holds, until it says otherwise or sleeps for too long. */
export class Lease {
  readonly token = randomBytes(12).toString('hex');
  readonly #folder: string;
  readonly #generation: number;
  readonly #handle: FileHandle;
  readonly #timing: LeaseTiming;
  readonly #lost = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly folder: string;
    readonly generation: number;
    readonly handle: FileHandle;
    readonly timing: LeaseTiming;
  }) {
    this.#folder = options.folder;
    this.#generation = options.generation;
    this.#handle = options.handle;
    this.#timing = options.timing;
  }

  /** Aborts when another process took the lease because this one was silent for too long. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async begin(): Promise<void> {
    await this.#write('held');
    for (const generation of await generationsIn(this.#folder)) {
      if (generation < this.#generation) await unlinkIfThere(leaseFile(this.#folder, generation));
    }
    this.#timer = setInterval(() => {
      this.#beating = this.#beating.then(() => this.#beat());
    }, this.#timing.heartbeatMs);
    this.#timer.unref();
  }

  async isHeld(): Promise<boolean> {
    const newest = await readLease(this.#folder);
    return newest?.content?.token === this.token;
  }

  /** Lets the next one go on from where this one stopped. */
  async release(): Promise<void> {
    await this.#stop();
    await this.#write('released').catch(() => undefined);
    await this.#handle.close();
  }

  /** Ends it because its work is done: nothing is left to go on from. */
  async remove(): Promise<void> {
    await this.#stop();
    const isOurs = await this.isHeld();
    await this.#handle.close();
    if (!isOurs) return;
    await unlinkIfThere(leaseFile(this.#folder, this.#generation));
    // Not empty means that somebody else has begun there: then the folder is theirs.
    await rmdir(this.#folder).catch(() => undefined);
  }

  /** Takes back a lease that came too late. Its number is its own, so nobody else's file can bear it. */
  async withdraw(): Promise<void> {
    await this.#stop();
    await this.#handle.close();
    await unlinkIfThere(leaseFile(this.#folder, this.#generation));
  }

  async #stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
  }

  /** Touches the file through its handle: of a lease that was lost this touches nobody else's. */
  async #beat(): Promise<void> {
    const now = new Date();
    try {
      await this.#handle.utimes(now, now);
      if (!(await this.isHeld())) this.#lost.abort();
    } catch {
      // A beat that fails is as good as none; the next one may pass.
    }
  }

  /** In place, through the handle, padded to one length: a reader sees the old text or the new one. */
  async #write(state: 'held' | 'released'): Promise<void> {
    const owner: ProcessIdentity = thisProcess();
    const text = JSON.stringify({ owner, token: this.token, state } satisfies LeaseRecord['content']);
    await this.#handle.write(text.padEnd(1024), 0);
  }
}

function leaseFile(folder: string, generation: number): string {
  return path.join(folder, `lease-${generation}`);
}

async function generationsIn(folder: string): Promise<readonly number[]> {
  try {
    const names = await readdir(folder);
    return names.flatMap((name) => /^lease-([1-9]\d{0,14})$/.exec(name)?.[1] ?? []).map(Number);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function parseContent(text: string): LeaseRecord['content'] {
  try {
    return contentSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function unlinkIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
  }
}
