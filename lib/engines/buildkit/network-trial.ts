import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatPlatform } from '#lib/oci/platform.ts';
import { EngineFailedError, MetadataReachedError, StepFailedError } from '../errors.ts';
import { metadataServices } from '../metadata-services.ts';
import type { StepOutput, StepRun } from '../types.ts';
import { reachedFrom } from './connect-code.ts';
import { connectProgram, isConnectArchitecture } from './connect-program.ts';

interface TrialOptions {
  /** The engine's, for what was found and for what is tried. */
  readonly folder: string;
  /** The step that is about to run. */
  readonly run: StepRun;
  readonly runTrial: (trial: StepRun) => Promise<StepOutput>;
}

/**
 * Tries, on the base of a step and the network that it is to have, whether metadata services take connections. What a builder says of its
 * network tells nothing about that, and rules that kept them away may be gone since the last time; so it is tried again after some minutes.
 *
 * @throws MetadataReachedError; EngineFailedError when it cannot be tried, and what an engine throws
 */
export async function tryNetwork(options: TrialOptions): Promise<void> {
  const file = foundFile(options.folder);
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
  if (Date.now() - mtimeMs < foundForMs) return;
  const folder = await mkdtemp(path.join(options.folder, 'network-'));
  try {
    await runTrial(options, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await writeFile(file, '');
}

/** For a worker's start: the builder may be another one, or elsewhere. */
export async function forgetNetwork(folder: string): Promise<void> {
  await rm(foundFile(folder), { force: true });
}

async function runTrial({ run, runTrial }: TrialOptions, folder: string): Promise<void> {
  const { os, architecture } = run.platform;
  if (os !== 'linux' || !isConnectArchitecture(architecture)) throw notTried(formatPlatform(run.platform));
  const file = path.join(folder, programName);
  await writeFile(
    file,
    connectProgram({ architecture, targets: metadataServices.map(onPort80), waitMs: answerMs }),
  );
  // Neither its user nor what else is in the base decides what is found.
  const lines = ['USER 0:0', `COPY ${programName} /${programName}`, `RUN ["/${programName}"]`];
  const none = { images: new Map(), secretsText: undefined, onLine: () => {}, taken: async () => {} };
  try {
    const output = await runTrial({
      ...run,
      ...none,
      lines,
      files: [{ name: programName, file, mode: 0o755 }],
    });
    await output.dispose();
  } catch (error) {
    if (!(error instanceof StepFailedError)) throw error;
    const reached = metadataServices[error.exitCode - reachedFrom];
    if (reached !== undefined) throw new MetadataReachedError(reached);
    throw notTried(`this base (exit code ${error.exitCode})`, error);
  }
}

function notTried(where: string, cause?: unknown): EngineFailedError {
  return new EngineFailedError({
    why: `Steps are to have a private network, and whether it keeps them from metadata services could not be tried on ${where}.`,
    next: 'Set SLIPWAY_STEP_NETWORK to none, or to host if steps may have what the builder’s machine has.',
    cause,
  });
}

function foundFile(folder: string): string {
  return path.join(folder, 'network-tried');
}

function onPort80(address: string) {
  return { address, port: 80 };
}

const programName = '.slipway-network-trial';
/** Metadata services answer within milliseconds. */
const answerMs = 1_000;
/** Long enough not to be felt, short enough that a rule which a restart lost is missed soon. */
const foundForMs = 600_000;
