import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { systemCodeOf } from './errors.ts';
import { type LeaseTiming, LeaseWatch, readLease, takeLease } from './lease.ts';

interface Layout {
  readonly root: string;
  readonly leaseTiming: LeaseTiming;
}

/**
 * Runs a pull into a layout. While it runs, no collection takes anything there: what the pull sees stays, and what it
 * brings is not yet named by index.json.
 */
export async function holdLayout<T>(layout: Layout, work: () => Promise<T>): Promise<T> {
  const folder = path.join(layout.root, 'ingest', `use-${randomBytes(12).toString('hex')}`);
  const lease = await takeLease({ folder, after: undefined, timing: layout.leaseTiming });
  try {
    return await work();
  } finally {
    await lease?.remove();
  }
}

/** Whether a pull into this layout runs, as far as can be known: one of another machine that fell silent does not. */
export async function isLayoutInUse({ root, leaseTiming }: Layout): Promise<boolean> {
  const folder = path.join(root, 'ingest');
  for (const name of await namesIn(folder)) {
    if (!name.startsWith('use-')) continue;
    const record = await readLease(path.join(folder, name));
    const isSilent = record !== undefined && Date.now() - record.touchedAtMs > silenceMaxMs;
    if (new LeaseWatch(leaseTiming).judge(record) !== 'idle' && !isSilent) return true;
  }
  return false;
}

/** A lease is touched every second; clocks of machines differ by seconds, not by this. */
const silenceMaxMs = 10 * 60_000;

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
