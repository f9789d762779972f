import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isGone, thisProcess } from '#lib/store/process-identity.ts';

/** Where the engine of one worker keeps what it needs. */
export interface EngineFolder {
  readonly path: string;
  /** Leaves it to the next worker. */
  release(): Promise<void>;
}

/**
 * A folder for this worker alone: that of a worker that is no more, with the layers that it had unpacked, or a new one. What further dead
 * workers left is removed. So what a killed worker left, copies of secrets among it, is cleared by the next start whoever else still runs.
 *
 * Whose a folder is stands in its file `owner`; taking it is a rename, so of several workers that start at once one succeeds.
 * @param options.root holds the folders of all workers, and nothing else
 * @param options.clear makes a folder ready, whatever is in it
 */
export async function claimEngineFolder(options: {
  readonly root: string;
  readonly clear: (folder: string) => Promise<void>;
}): Promise<EngineFolder> {
  const { root, clear } = options;
  await mkdir(root, { recursive: true });
  const own = path.join(root, randomUUID());
  // Until it is ready it has a name by which nobody else takes it.
  const hidden = hiddenFrom(own);
  let isFound = false;
  for (const name of await readdir(root)) {
    const folder = path.join(root, name);
    if (!(await isLeft(folder))) continue;
    const to = isFound ? hiddenFrom(path.join(root, randomUUID())) : hidden;
    if (!(await taken(folder, to))) continue;
    await clear(to);
    if (isFound) await rm(to, { recursive: true, force: true });
    isFound = true;
  }
  if (!isFound) {
    await mkdir(hidden);
    await clear(hidden);
  }
  await writeFile(ownerFile(hidden), JSON.stringify(thisProcess()));
  await rename(hidden, own);
  const touching = setInterval(() => {
    const now = new Date();
    void utimes(ownerFile(own), now, now).catch(() => {});
  }, touchEveryMs);
  touching.unref();
  return {
    path: own,
    async release() {
      clearInterval(touching);
      await rm(ownerFile(own), { force: true });
    },
  };
}

const ownerSchema = z.object({ machine: z.string(), pid: z.int(), birth: z.string() });

/** Whether no worker uses it any more. Of one on another machine, or in another container, only its silence tells. */
async function isLeft(folder: string): Promise<boolean> {
  // Somebody is making it ready, or was killed then.
  if (path.basename(folder).startsWith('.')) return isSilent(folder);
  const owner = await readFile(ownerFile(folder), 'utf8').then(
    (text) => ownerSchema.safeParse(parsed(text)).data,
    () => undefined,
  );
  if (owner === undefined || isGone(owner)) return true;
  return owner.machine !== thisProcess().machine && (await isSilent(ownerFile(folder)));
}

async function isSilent(file: string): Promise<boolean> {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > silenceMaxMs;
}

async function taken(folder: string, hidden: string): Promise<boolean> {
  const now = new Date();
  return utimes(folder, now, now)
    .then(() => rename(folder, hidden))
    .then(
      () => true,
      () => false,
    );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ownerFile(folder: string): string {
  return path.join(folder, 'owner');
}

function hiddenFrom(folder: string): string {
  return path.join(path.dirname(folder), `.${path.basename(folder)}`);
}

const touchEveryMs = 5_000;
/** Longer than making a folder ready takes. */
const silenceMaxMs = 120_000;
