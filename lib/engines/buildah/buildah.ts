import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cleaner } from '#lib/log/redact.ts';
import { layoutName } from '../base-layout.ts';
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
import { LastWords } from '../last-words.ts';
import { quote } from '../quote.ts';
import { removeSecretFiles, type SecretFile, writeSecretFile } from '../secret-file.ts';
import { layoutsOf, renameImages } from '../step-images.ts';
import { writeStepInputs } from '../step-inputs.ts';
import { StepWatch } from '../step-output.ts';
import type { BaseImage, Engine, EngineFacts, StepOutput, StepRun } from '../types.ts';
import { buildArguments, stepUsers } from './buildah-arguments.ts';
import {
  BuildahOutput,
  failedCommand,
  isBuildahs,
  lastError,
  misplacedInstruction,
  refusedCommand,
} from './buildah-output.ts';
import { settingsName, writeBuildahSettings } from './buildah-settings.ts';
import { type ContainedRun, runContained } from './contained-process.ts';
import { type Lane, lanesOf, takeLane } from './lane.ts';
import { OwnerShift } from './owner-shift.ts';
import { makePassable } from './passable-folder.ts';
import { writeSeccompProfile } from './seccomp-profile.ts';

export interface BuildahOptions {
  readonly facts: EngineFacts;
  /** Where Buildah keeps its layers, and steps their temporary files. Nothing else is in it. */
  readonly folder: string;
  /** The store that bases come from. */
  readonly storeFolder: string;
  /** For its children; a step sees none of it. */
  readonly searchPath: string;
}

/**
 * Buildah: no daemon, one process tree a step, which ends as a whole. Each step is one `buildah build` on a base that comes
 * from the store, with no cache of Buildah's own: what is a hit was decided before.
 * https://github.com/containers/buildah/blob/v1.28.2/docs/buildah-build.1.md
 */
export function createBuildah(options: BuildahOptions): Engine {
  return { facts: options.facts, runStep: (run) => runStep(options, run) };
}

/**
 * Makes the folder ready, and removes what killed builds left in it: containers, copies of secrets in them, temporary files; and, when
 * there are many, the bases that were unpacked for steps. For times when no build runs in it.
 * @throws EngineFailedError when something that Buildah itself needs is not there
 */
export async function prepareBuildah(options: Pick<BuildahOptions, 'folder' | 'searchPath'>): Promise<void> {
  const { folder } = options;
  await rm(temporaryFolder(folder), { recursive: true, force: true });
  await makePassable(folder);
  await makePassable(temporaryFolder(folder));
  await removeSecretFiles({ folder });
  await writeSeccompProfile(path.join(folder, profileName));
  await writeBuildahSettings({ folder, seenAt });
  for (const lane of await lanesOf(folder)) {
    const bases = await readdir(path.join(folder, lane, 'root', 'overlay-images')).catch(() => []);
    if (bases.length <= basesMax) continue;
    const storage = storageOf(lane);
    const signal = AbortSignal.timeout(clearMaxMs);
    // No build runs: there are no values to take out.
    const where = { folder: temporaryFolder(folder), storage, signal, clean: (text: string) => text };
    await ask(options, ['rmi', '--all', '--force'], where);
  }
}

/** Each step stands on another base, most of whose layers it shares with those before. They can be unpacked again. */
const basesMax = 40;
const clearMaxMs = 60_000;

async function runStep(options: BuildahOptions, run: StepRun): Promise<StepOutput> {
  const lane = await takeLane(options.folder);
  try {
    return await runIn(lane, options, run);
  } finally {
    lane.release();
  }
}

async function runIn(lane: Lane, options: BuildahOptions, run: StepRun): Promise<StepOutput> {
  const folder = await mkdtemp(path.join(temporaryFolder(options.folder), 'step-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  const place = { folder, lane };
  try {
    await makePassable(folder);
    await writeStepInputs({ folder, storeFolder: options.storeFolder, run });
    // Instead of one among the files, which would hide some of them.
    await writeFile(path.join(folder, 'ignore-nothing'), '');
    await hideBaseLayers(folder, run.base);
    await build(options, run, place);
    return { folder: path.join(folder, 'result'), mend: () => new OwnerShift(stepUsers), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Where a step is run: its own folder, and the bases that it begins on. */
interface StepPlace {
  readonly folder: string;
  readonly lane: Lane;
}

async function build(options: BuildahOptions, run: StepRun, place: StepPlace): Promise<void> {
  const { folder } = place;
  const base = await pullBases(options, run, place);
  const last = new LastLines();
  const output = new BuildahOutput({
    lines: run.lines,
    onLine: (line) => {
      if (!isBuildahs(line.text)) last.add(line.text);
      run.onLine(line);
    },
  });
  const watch = new StepWatch({ ...run, onLine: output.take });
  const said = new LastWords();
  let secrets: SecretFile | undefined;
  let code: number;
  try {
    if (run.secretsText !== undefined)
      secrets = await writeSecretFile({ folder: options.folder, text: run.secretsText });
    code = await runContained({
      ...common(options, folder),
      network: run.network === 'private' ? 'private' : 'host',
      args: [
        ...ownStorage(options, place),
        'build',
        ...(await buildArguments(run, {
          base,
          secretFile: secrets?.path,
          seccompProfile: path.posix.join(seenAt, profileName),
        })),
      ],
      signal: watch.signal,
      onChunk: (stream, chunk) => {
        if (stream === 'stderr') said.add(chunk);
        watch.take(stream, chunk);
        return run.taken();
      },
    });
  } finally {
    watch.end();
    await secrets?.dispose();
  }
  if (code === 0) return output.requireAll();
  const clean = run.clean.text;
  const command = failedCommand(said.text);
  if (command !== undefined) throw new StepFailedError({ ...command, lastLines: last.texts, clean });
  const refused = refusedCommand(said.text);
  if (refused !== undefined) throw new StepRefusedError({ ...refused, clean });
  const misplaced = misplacedInstruction(said.text);
  if (misplaced !== undefined) throw new StepMisplacedError({ ...misplaced, clean });
  throw engineFailed(said.text, clean);
}

/**
 * Hands the images to Buildah and writes the Dockerfile, in which it knows them by their ids alone. Pulled by themselves, so that
 * what it says about that is not among the words of the step.
 * @returns the id of the base
 */
async function pullBases(options: BuildahOptions, run: StepRun, place: StepPlace): Promise<string> {
  const { folder, lane } = place;
  const where = { folder, storage: storageOf(lane.path), signal: run.signal, clean: run.clean.text };
  const ids: string[] = [];
  for (const [name] of layoutsOf(run)) {
    const said = await ask(options, ['pull', '--quiet', `oci:${name}:${layoutName}`], where);
    ids.push(said.trim());
  }
  const [base = '', ...others] = ids;
  const named = new Map([...run.images.keys()].map((name, index) => [name, others[index] ?? name]));
  // FROM is replaced by --from; a Dockerfile has to begin with one.
  await writeFile(path.join(folder, 'Dockerfile'), dockerfileText('scratch', renameImages(run.lines, named)));
  return base;
}

/**
 * Makes the layout that the result is written to. Buildah would write every layer anew, the base's too; an empty file under the name that
 * a layer of the base would get tells it that this one is there. They are never read: whoever takes the result puts the base's own layers
 * in their places.
 */
async function hideBaseLayers(folder: string, base: BaseImage): Promise<void> {
  const blobs = path.join(folder, 'result', 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  for (const diffId of base.diffIds) await writeFile(path.join(blobs, diffId.replace(/^sha256:/, '')), '');
}

/** One short command of Buildah's and what it printed. @throws EngineFailedError with what it said */
async function ask(
  options: Pick<BuildahOptions, 'folder' | 'searchPath'>,
  args: readonly string[],
  where: {
    readonly folder: string;
    readonly signal: AbortSignal;
    readonly storage: readonly string[];
    readonly clean: Cleaner['text'];
  },
): Promise<string> {
  const said = { stdout: new LastWords(), stderr: new LastWords() };
  const code = await runContained({
    ...common(options, where.folder),
    args: [...where.storage, ...args],
    network: 'host',
    signal: where.signal,
    onChunk: (stream, chunk) => {
      said[stream].add(chunk);
      return undefined;
    },
  });
  if (code !== 0) throw engineFailed(said.stderr.text, where.clean);
  return said.stdout.text;
}

function engineFailed(said: string, clean: Cleaner['text']): EngineFailedError | EngineDiskFullError {
  return isDiskFull(said) || layerUnwritten.test(said)
    ? new EngineDiskFullError()
    : new EngineFailedError({ why: whatItSaid(lastError(said), clean) });
}

/** What Buildah makes of a full disk when it writes a layer: the reason is lost on the way. */
const layerUnwritten = /storing layer "[0-9a-f]{64}" to file: io: read\/write on closed pipe/;

function whatItSaid(said: string, clean: Cleaner['text']): string {
  if (said === '') return 'Buildah ended without a word.';
  return `Buildah said: ${quote(said, { clean, charactersMax: 600 })}`;
}

/** Where Buildah sees its folder: on the way there, nothing is closed to the users that steps run as. */
const seenAt = '/var/tmp';

/** Where bases are unpacked, once for all steps that run in the same lane. */
function storageOf(folder: string): readonly string[] {
  const within = path.posix.join(seenAt, folder);
  return ['--root', `${within}/root`, '--runroot', `${within}/run`, '--storage-driver', 'overlay'];
}

/**
 * Where a step has its container: in its own folder, so that nothing of it is left when that is removed, however the step
 * ended. Bases are seen there, and never written.
 */
function ownStorage(options: Pick<BuildahOptions, 'folder'>, { folder, lane }: StepPlace): readonly string[] {
  return [
    ...storageOf(path.join(path.relative(options.folder, folder), 'storage')),
    ...['--storage-opt', `additionalimagestore=${path.posix.join(seenAt, lane.path)}/root`],
  ];
}

/** In the engine's folder: what of the kernel steps may call. */
const profileName = 'seccomp.json';

function temporaryFolder(folder: string): string {
  return path.join(folder, 'tmp');
}

function common({ folder, searchPath }: Pick<BuildahOptions, 'folder' | 'searchPath'>, within: string) {
  const workFolder = path.relative(folder, within);
  const temporary = path.posix.join(seenAt, workFolder);
  return {
    program: 'buildah',
    bind: { folder, as: seenAt },
    workFolder,
    // No home: nobody's containers.conf or registry logins are read.
    env: {
      PATH: searchPath,
      TMPDIR: temporary,
      HOME: temporary,
      REGISTRY_AUTH_FILE: '/dev/null',
      CONTAINERS_CONF_OVERRIDE: path.posix.join(seenAt, settingsName),
    },
  } satisfies Partial<ContainedRun>;
}
