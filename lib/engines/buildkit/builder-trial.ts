import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tryStep } from '../trial.ts';
import { type StepNetwork, type StepOutput, type StepRun, stepNetworks } from '../types.ts';

/**
 * Tries, on the base of a step and the network that it is to have, what it would find: see `tryStep`. What a builder says of itself tells
 * nothing about that, and what kept steps from it may be gone since the last time; so it is tried again after some minutes.
 *
 * @throws what `tryStep` throws
 */
export async function tryBuilder(options: {
  /** The engine's, for what was found and for what is tried. */
  readonly folder: string;
  /** Whether the operator takes whatever root the builder gives to steps. */
  readonly isTrusted: boolean;
  /** The step that is about to run. */
  readonly run: StepRun;
  readonly runStep: (trial: StepRun) => Promise<StepOutput>;
}): Promise<void> {
  const { network } = options.run;
  // There is nothing to try then.
  if (options.isTrusted && network !== 'private') return;
  const file = triedFile(options.folder, network);
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
  if (Date.now() - mtimeMs < triedForMs) return;
  await tryStep(options);
  await writeFile(file, '');
}

/** For a worker's start: the builder may be another one, or elsewhere. */
export async function forgetTrials(folder: string): Promise<void> {
  for (const network of stepNetworks) await rm(triedFile(folder, network), { force: true });
}

function triedFile(folder: string, network: StepNetwork): string {
  return path.join(folder, `tried-${network}`);
}

/** Long enough not to be felt, short enough that a rule which a restart lost is missed soon. */
const triedForMs = 600_000;
