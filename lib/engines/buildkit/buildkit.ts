import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Cleaner } from '#lib/log/redact.ts';
import { splitDigest } from '#lib/oci/digest.ts';
import { formatPlatform } from '#lib/oci/platform.ts';
import { blobFile } from '#lib/store/paths.ts';
import { dockerfileText } from '../dockerfile-text.ts';
import {
  EngineDiskFullError,
  EngineFailedError,
  isDiskFull,
  StepFailedError,
  StepMisplacedError,
  StepRefusedError,
} from '../errors.ts';
import { LastLines } from '../last-lines.ts';
import { quote } from '../quote.ts';
import { obstacleIn, refusalIn } from '../refusals.ts';
import { removeSecretFiles, type SecretFile, writeSecretFile } from '../secret-file.ts';
import { renameImages } from '../step-images.ts';
import { writeStepInputs } from '../step-inputs.ts';
import { StepWatch } from '../step-output.ts';
import type { Engine, EngineFacts, StepOutput, StepRun } from '../types.ts';
import { type Builder, type ClientCommand, clientOf } from './builder.ts';
import { BuilderControl, contextName } from './builder-control.ts';
import { forgetTrials, tryBuilder } from './builder-trial.ts';
import { buildArguments } from './buildkit-arguments.ts';
import { BuildkitProgress } from './buildkit-progress.ts';
import { runClient } from './client-process.ts';

export interface BuildkitOptions {
  readonly facts: EngineFacts;
  readonly builder: Builder;
  /** Where steps have their temporary files. Nothing else is in it. */
  readonly folder: string;
  /** The store that bases come from. */
  readonly storeFolder: string;
  /** For the client; a step sees none of it. */
  readonly searchPath: string;
}

/**
 * BuildKit: a daemon, here or elsewhere, that a client speaks to. Each step is one build on a base that the client hands over from the
 * store, with no cache of the builder's: what is a hit was decided before. When the client is gone, the builder ends the step.
 */
export function createBuildkit(options: BuildkitOptions): Engine {
  return { facts: options.facts, runStep: (run) => runStep(options, run) };
}

/**
 * Makes the folder ready, and removes what killed builds left: copies of secrets here; words, commands and what steps wrote on the
 * builder. For a worker's start, when no build of this machine runs.
 * @throws EngineFailedError when the builder does not answer
 */
export async function prepareBuildkit(options: Pick<BuildkitOptions, 'builder' | 'folder' | 'searchPath'>) {
  const temporary = temporaryFolder(options.folder);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await removeSecretFiles(options);
  await forgetTrials(options.folder);
  const folder = await mkdtemp(path.join(temporary, 'start-'));
  try {
    await forget(await clientOf(options.builder, { ...options, folder }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runStep(options: BuildkitOptions, run: StepRun): Promise<StepOutput> {
  refuseUnknownNetwork(options.facts, run);
  const { isTrusted } = options.builder;
  await tryBuilder({ ...options, isTrusted, run, runStep: (trial) => runLines(options, trial) });
  return runLines(options, run);
}

async function runLines(options: BuildkitOptions, run: StepRun): Promise<StepOutput> {
  const folder = await mkdtemp(path.join(temporaryFolder(options.folder), 'step-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    const client = await clientOf(options.builder, { ...options, folder });
    await writeInputs({ folder, storeFolder: options.storeFolder, run });
    await build(options, { run, folder, client });
    return { folder: path.join(folder, 'result'), mend: () => new PassThrough(), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** A step that was to be kept from a network is not run on it. */
function refuseUnknownNetwork({ networks }: EngineFacts, { network }: StepRun): void {
  if (networks.includes(network)) return;
  throw new EngineFailedError({
    why: `Steps are to have a ${network} network, and the builder does not say that it gives them one of their own.`,
    next: 'Give buildkitd a network for its steps (--oci-worker-net=bridge or cni), or set SLIPWAY_STEP_NETWORK to none, or to host if steps may use the builder’s.',
  });
}

async function writeInputs(options: {
  readonly folder: string;
  readonly storeFolder: string;
  readonly run: StepRun;
}): Promise<void> {
  const { folder, storeFolder, run } = options;
  await writeStepInputs(options);
  // Instead of one among the files, which would hide some of them.
  await writeFile(path.join(folder, 'Dockerfile.dockerignore'), '# Nothing.\n');
  const names = new Map([...run.images.keys()].map((name) => [name, contextName(`image-${name}`)]));
  const text = dockerfileText(contextName('base'), renameImages(run.lines, names));
  await writeFile(path.join(folder, 'Dockerfile'), text);
  // Layers that are there already are not sent back.
  const blobs = path.join(folder, 'result', 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  for (const { digest } of run.base.manifest.layers) {
    const { algorithm, hex } = splitDigest(digest);
    if (algorithm !== 'sha256') continue;
    await symlink(blobFile(storeFolder, digest), path.join(blobs, hex)).catch(ifThere);
  }
}

async function build(
  options: BuildkitOptions,
  inputs: { readonly run: StepRun; readonly folder: string; readonly client: ClientCommand },
): Promise<void> {
  const { run, folder, client } = inputs;
  const step = randomUUID();
  const last = new LastLines();
  const watch = new StepWatch({
    ...run,
    onLine: (line) => {
      last.add(line.text);
      run.onLine(line);
      if (isClipped.test(line.text)) run.onLine({ stream: 'stderr', text: howToHaveAll });
    },
  });
  const progress = new BuildkitProgress({ onOutput: watch.take });
  let secrets: SecretFile | undefined;
  let code: number;
  try {
    if (run.secretsText !== undefined)
      secrets = await writeSecretFile({ folder: options.folder, text: run.secretsText });
    // A builder for several platforms would take its first.
    const platform = formatPlatform(run.platform);
    code = await runClient({
      client,
      args: buildArguments(options.builder, { run, platform, step, secretFile: secrets?.path }),
      workFolder: folder,
      onError: (chunk) => {
        progress.push(chunk);
        return run.taken();
      },
      signal: watch.signal,
    });
  } finally {
    progress.end();
    watch.end();
    await secrets?.dispose();
    await leaveNothing(client, { step, isEnded: !watch.signal.aborted });
  }
  if (code !== 0) throw failureOf(progress, last, run.clean.text);
}

/** A builder ends a step when its client is gone: waits for that where it was, and has the builder forget what ended. */
async function leaveNothing(
  client: ClientCommand,
  options: { readonly step: string; readonly isEnded: boolean },
): Promise<void> {
  const { step, isEnded } = options;
  // A builder that does not answer now is swept at the next step, or the next start.
  await forget(client, isEnded ? undefined : step).catch(() => {});
}

async function forget(client: ClientCommand, endingStep?: string): Promise<void> {
  const signal = AbortSignal.timeout(forgetMaxMs);
  const control = new BuilderControl(client, { signal });
  try {
    while (endingStep !== undefined && (await control.isRunning(endingStep)))
      await wait(lookEveryMs, undefined, { signal });
    await control.forget({ basesKeptMs });
  } finally {
    control.close();
  }
}

/** Steps end within a second of their client; to remove what they wrote takes as long as the disk needs. */
const forgetMaxMs = 20_000;
const lookEveryMs = 50;
/** The base of one step is the base of the next, and of the next build. */
const basesKeptMs = 3_600_000;

function failureOf(progress: BuildkitProgress, last: LastLines, clean: Cleaner['text']): Error {
  const { failed, broken, lastError } = progress;
  // The builder's runtime says among the words of the command that it did not begin it.
  const refusal = refusalIn(broken?.error ?? last.texts.find((text) => notBegun.test(text)) ?? '');
  const { instruction } = broken ?? failed ?? {};
  if (refusal !== undefined) return new StepRefusedError({ refusal, instruction, clean });
  if (failed !== undefined) return new StepFailedError({ ...failed, lastLines: last.texts, clean });
  const obstacle = broken && obstacleIn(broken);
  if (broken !== undefined && obstacle !== undefined)
    return new StepMisplacedError({ ...broken, refusal: obstacle, clean });
  if (isDiskFull(lastError)) return new EngineDiskFullError();
  if (/entitlement/.test(lastError)) {
    return new EngineFailedError({
      why: `The builder does not let steps use its network: ${quote(lastError, { clean, charactersMax: 300 })}`,
      next: 'Start buildkitd with --allow-insecure-entitlement=network.host, or set SLIPWAY_STEP_NETWORK to private or none.',
    });
  }
  if (lastError === '') return new EngineFailedError({ why: 'BuildKit ended without a word.' });
  return new EngineFailedError({ why: `BuildKit said: ${quote(lastError, { clean, charactersMax: 600 })}` });
}

const notBegun = /^runc run failed: /;

/** Where a builder leaves out what a step prints: https://github.com/moby/buildkit/blob/v0.13.2/util/progress/logs/logs.go */
const isClipped = /^\[output clipped, log limit .+ reached\]$/;
const howToHaveAll =
  '[The builder keeps no more than that. BUILDKIT_STEP_LOG_MAX_SIZE=-1 and BUILDKIT_STEP_LOG_MAX_SPEED=-1 in its environment lift it.]';

function temporaryFolder(folder: string): string {
  return path.join(folder, 'tmp');
}

/** An image may have a layer twice. */
function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
