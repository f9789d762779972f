import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatPlatform } from '#lib/oci/platform.ts';
import { EngineFailedError, MetadataReachedError, RootLeftError, StepFailedError } from '../errors.ts';
import { metadataServices } from '../metadata-services.ts';
import { type StepNetwork, type StepOutput, type StepRun, stepNetworks } from '../types.ts';
import { isTrialArchitecture, leftRoot, reachedFrom, type Trial, trialProgram } from './trial-program.ts';

interface TrialOptions {
  /** The engine's, for what was found and for what is tried. */
  readonly folder: string;
  /** Whether the operator takes whatever root the builder gives to steps. */
  readonly isTrusted: boolean;
  /** The step that is about to run. */
  readonly run: StepRun;
  readonly runTrial: (trial: StepRun) => Promise<StepOutput>;
}

/**
 * Tries, on the base of a step and the network that it is to have, whether it would get out of its root, and on a private network whether
 * metadata services take connections. What a builder says of itself tells nothing about either, and what kept steps from it may be gone
 * since the last time; so it is tried again after some minutes.
 *
 * @throws RootLeftError, MetadataReachedError; EngineFailedError when it cannot be tried, and what an engine throws
 */
export async function tryBuilder(options: TrialOptions): Promise<void> {
  const { network } = options.run;
  const targets = network === 'private' ? metadataServices.map(onPort80) : [];
  if (options.isTrusted && targets.length === 0) return;
  const file = triedFile(options.folder, network);
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
  if (Date.now() - mtimeMs < triedForMs) return;
  const folder = await mkdtemp(path.join(options.folder, 'trial-'));
  try {
    await runTrial(options, { folder, targets });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await writeFile(file, '');
}

/** For a worker's start: the builder may be another one, or elsewhere. */
export async function forgetTrials(folder: string): Promise<void> {
  for (const network of stepNetworks) await rm(triedFile(folder, network), { force: true });
}

async function runTrial(
  { run, isTrusted, runTrial }: TrialOptions,
  { folder, targets }: Pick<Trial, 'targets'> & { readonly folder: string },
): Promise<void> {
  const { os, architecture } = run.platform;
  if (os !== 'linux' || !isTrialArchitecture(architecture)) throw notTried(formatPlatform(run.platform));
  // A name that neither the base nor the builder's machine has.
  const name = `.slipway-trial-${randomUUID()}`;
  const file = path.join(folder, 'program');
  const program = trialProgram(architecture, {
    folder: isTrusted ? undefined : `/${name}`,
    targets,
    waitMs: answerMs,
  });
  await writeFile(file, program);
  // Neither its user nor what else is in the base decides what is found.
  const lines = ['USER 0:0', `COPY program /${name}/program`, `RUN ["/${name}/program"]`];
  const none = { images: new Map(), secretsText: undefined, onLine: () => {}, taken: async () => {} };
  try {
    const files = [{ name: 'program', file, mode: 0o755 }];
    const output = await runTrial({ ...run, ...none, lines, files });
    await output.dispose();
  } catch (error) {
    if (!(error instanceof StepFailedError)) throw error;
    if (error.exitCode === leftRoot) throw new RootLeftError();
    const reached = metadataServices[error.exitCode - reachedFrom];
    if (reached !== undefined) throw new MetadataReachedError(reached);
    throw notTried(`this base (exit code ${error.exitCode})`, error);
  }
}

function notTried(where: string, cause?: unknown): EngineFailedError {
  return new EngineFailedError({
    why: `Whether the builder keeps steps apart from its machine could not be tried on ${where}.`,
    next: 'Build for linux/amd64 or linux/arm64 first: what is found holds for other platforms for some minutes. Or set SLIPWAY_BUILDER_ISOLATION to any and SLIPWAY_STEP_NETWORK to none, or to host if steps may have what the builder’s machine has.',
    cause,
  });
}

function triedFile(folder: string, network: StepNetwork): string {
  return path.join(folder, `tried-${network}`);
}

function onPort80(address: string) {
  return { address, port: 80 };
}

/** Metadata services answer within milliseconds. */
const answerMs = 1_000;
/** Long enough not to be felt, short enough that a rule which a restart lost is missed soon. */
const triedForMs = 600_000;
