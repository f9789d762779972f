import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { StepsWork } from '#lib/builds/steps/steps-work.ts';
import { builtStepSchema } from '#lib/images/schema.ts';
import type { EarlierBuild } from '#lib/images/why.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { isDigest } from '#lib/oci/digest.ts';

/** What builds of the command line keep for each other, in a folder. */
export interface BuildCache {
  readonly storeFolder: string;
  /** Of this process alone, gone with `close`. */
  readonly engineFolder: string;
  readonly results: StepsWork['results'];
  /** The build before of the same definition. */
  readonly earlier: EarlierBuild | null;
  /** Notes what this build was, for the next one's whys. */
  note(build: Omit<EarlierBuild, 'number'>): Promise<void>;
  close(): Promise<void>;
}

/** Opens the folder, which is made if it is not there. What killed builds left of their engines goes. */
export async function openBuildCache(options: {
  readonly folder: string;
  /** Tells definitions apart: the digest of the file's path. */
  readonly definitionId: string;
}): Promise<BuildCache> {
  const folder = path.resolve(options.folder);
  const results = path.join(folder, 'results');
  const builds = path.join(folder, 'builds');
  for (const each of [results, builds]) await mkdir(each, { recursive: true });
  await removeOrphans(folder);
  const engineFolder = path.join(folder, `engine-${process.pid}`);
  await mkdir(engineFolder, { recursive: true });
  const noteFile = path.join(builds, `${options.definitionId}.json`);
  const earlier = await readNote(noteFile);
  const number = (earlier?.number ?? 0) + 1;
  return {
    storeFolder: path.join(folder, 'store'),
    engineFolder,
    earlier,
    results: {
      // Nobody else has this folder.
      askForTurn: async () => null,
      async find(keys) {
        const found = await Promise.all(
          keys.map(
            async (key) => [key, await readJson(path.join(results, `${key}.json`), resultSchema)] as const,
          ),
        );
        return new Map(found.flatMap(([key, result]) => (result === undefined ? [] : [[key, result]])));
      },
      async keep({ key, ...result }) {
        await writeJson(path.join(results, `${key}.json`), { ...result, buildNumber: number });
      },
    },
    note: (build) => writeJson(noteFile, { ...build, number, secretIds: [...build.secretIds] }),
    close: () => rm(engineFolder, { recursive: true, force: true }),
  };
}

const digestSchema = z.custom<Digest>((text) => typeof text === 'string' && isDigest(text));

const resultSchema = z.object({
  manifest: z.object({ mediaType: z.string(), digest: digestSchema, sizeBytes: z.int().min(0) }),
  addedBytes: z.int().min(0),
  tookMs: z.int().min(0),
  buildNumber: z.int().min(1),
});

const noteSchema = z.object({
  number: z.int().min(1),
  steps: z.array(builtStepSchema),
  base: z.object({ digest: z.string(), platform: z.string() }),
  secretIds: z.array(z.tuple([z.string(), z.string()])),
  pythonDigest: z.string().nullish(),
});

async function readNote(file: string): Promise<EarlierBuild | null> {
  const note = await readJson(file, noteSchema);
  return note === undefined ? null : { ...note, secretIds: new Map(note.secretIds) };
}

/** Undefined for what is not there, damaged, or of another version: it is only a cache. */
async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

async function writeJson(file: string, value: object): Promise<void> {
  const through = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(through, JSON.stringify(value));
  await rename(through, file);
}

/** Engines of processes that are no more: what they had mounted is gone with them, their files are not. */
async function removeOrphans(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, pid] = /^engine-(\d+)$/.exec(name) ?? [];
    if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
