import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { installCommand } from './engine-packages.ts';
import type { EngineFacts } from './types.ts';

/** What the operator wants: `auto` takes Buildah where it is installed. */
export type EngineChoice = 'auto' | 'buildah' | 'none';

/** What was found: an engine, or why there is none and what to do. */
export type FoundEngine =
  | { readonly facts: EngineFacts }
  | { readonly facts: null; readonly why: string; readonly next: string };

export const engineFactsSchema = z.object({
  name: z.string(),
  version: z.string(),
  isolation: z.string(),
  isIsolated: z.boolean(),
  limits: z.object({ memory: z.boolean(), disk: z.boolean() }),
}) satisfies z.ZodType<EngineFacts>;

/** Looks which engine can run steps here. Takes a fraction of a second; nothing is changed. */
export async function findEngine(options: {
  readonly choice: EngineChoice;
  readonly searchPath: string;
}): Promise<FoundEngine> {
  const { choice, searchPath } = options;
  if (choice === 'none') {
    return { facts: null, why: 'SLIPWAY_ENGINE is none.', next: 'Set it to auto to have one looked for.' };
  }
  const version = await versionOf('buildah', searchPath);
  if (version === undefined) return { facts: null, why: 'Buildah is not installed.', next: howToInstall };
  const missing = await missingPrograms(searchPath);
  if (missing.length > 0) {
    return { facts: null, why: `Buildah is here, but ${missing.join(', ')} is not.`, next: howToInstall };
  }
  if (process.getuid?.() !== 0) {
    return {
      facts: null,
      why: 'Buildah is here, but this worker does not run as root, which it needs to keep steps apart.',
      next: 'Run `slipway worker` as root.',
    };
  }
  return {
    facts: {
      name: 'Buildah',
      version,
      isolation: 'runc, users of its own',
      isIsolated: true,
      limits: { memory: true, disk: false },
    },
  };
}

const howToInstall = `On Debian or Ubuntu, as root: ${installCommand}. Or start Slipway with --with-engine, which does that.`;

/** What Buildah's steps need besides Buildah. */
const programs = ['runc', 'unshare', 'slirp4netns', 'ip'];

async function missingPrograms(searchPath: string): Promise<readonly string[]> {
  const found = await Promise.all(programs.map((program) => isInstalled(program, searchPath)));
  return programs.filter((_, index) => !found[index]);
}

const run = promisify(execFile);

async function isInstalled(program: string, searchPath: string): Promise<boolean> {
  return run('sh', ['-c', `command -v ${program}`], environmentOf(searchPath)).then(
    () => true,
    () => false,
  );
}

/** The number in `buildah version 1.28.2 (…)`. */
async function versionOf(program: string, searchPath: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, ['--version'], environmentOf(searchPath));
    return /\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}

function environmentOf(searchPath: string) {
  return { env: { PATH: searchPath, NODE_ENV: 'production' as const }, timeout: answerMs };
}

/** Programs answer within milliseconds; a disk that sleeps takes seconds. */
const answerMs = 10_000;
