import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatPlatform } from '#lib/oci/platform.ts';
import { EngineFailedError, MetadataReachedError, RootLeftError, StepFailedError } from './errors.ts';
import { metadataServices } from './metadata-services.ts';
import { isTrialArchitecture, leftRoot, reachedFrom, trialProgram } from './trial-program.ts';
import type { StepOutput, StepRun } from './types.ts';

/** What steps are to get nothing of. */
export type KeptFrom = 'machine_files' | 'metadata_services';

/**
 * Tries, with a program of our own in the place of a step, whether that would get out of its root, and on a private network whether
 * metadata services take connections.
 *
 * @returns what it was found to be kept from
 * @throws RootLeftError, MetadataReachedError; EngineFailedError when it cannot be tried, and what an engine throws
 */
export async function tryStep(options: {
  /** For the program. */
  readonly folder: string;
  /** Whether the operator takes whatever root the engine gives to steps. */
  readonly isTrusted: boolean;
  /** The step, for all but what it does. */
  readonly run: StepRun;
  readonly runStep: (trial: StepRun) => Promise<StepOutput>;
}): Promise<readonly KeptFrom[]> {
  const { run, isTrusted } = options;
  const targets = run.network === 'private' ? metadataServices.map(onPort80) : [];
  const { os, architecture } = run.platform;
  if (os !== 'linux' || !isTrialArchitecture(architecture)) throw notTried(formatPlatform(run.platform));
  const folder = await mkdtemp(path.join(options.folder, 'trial-'));
  // A name that neither the base nor the engine's machine has.
  const name = `.slipway-trial-${randomUUID()}`;
  const file = path.join(folder, 'program');
  const root = isTrusted ? undefined : `/${name}`;
  try {
    await writeFile(file, trialProgram(architecture, { folder: root, targets, waitMs: answerMs }));
    const output = await options.runStep({
      ...run,
      // Neither its user nor what else is in the base decides what is found.
      lines: ['USER 0:0', `COPY program /${name}/program`, `RUN ["/${name}/program"]`],
      files: [{ name: 'program', file, mode: 0o755 }],
      images: new Map(),
      secretsText: undefined,
      onLine: () => {},
      taken: async () => {},
    });
    await output.dispose();
    return [
      ...(isTrusted ? [] : (['machine_files'] as const)),
      ...(targets.length === 0 ? [] : (['metadata_services'] as const)),
    ];
  } catch (error) {
    throw error instanceof StepFailedError ? findingOf(error) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function findingOf(error: StepFailedError): Error {
  if (error.exitCode === leftRoot) return new RootLeftError();
  const reached = metadataServices[error.exitCode - reachedFrom];
  if (reached !== undefined) return new MetadataReachedError(reached);
  return notTried(`this base (exit code ${error.exitCode})`, error);
}

function notTried(where: string, cause?: unknown): EngineFailedError {
  return new EngineFailedError({
    why: `Whether the builder keeps steps apart from its machine could not be tried on ${where}.`,
    next: 'Build for linux/amd64 or linux/arm64 first: what is found holds for other platforms for some minutes. Or set SLIPWAY_BUILDER_ISOLATION to any and SLIPWAY_STEP_NETWORK to none, or to host if steps may have what the builder’s machine has.',
    cause,
  });
}

function onPort80(address: string) {
  return { address, port: 80 };
}

/** Metadata services answer within milliseconds. */
const answerMs = 1_000;
