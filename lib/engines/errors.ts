import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { Cleaner } from '#lib/log/redact.ts';
import { quote } from './quote.ts';
import type { Refusal } from './refusals.ts';

/** A command of a step ended with another code than 0. */
export class StepFailedError extends SlipwayError {
  override readonly name = 'StepFailedError';
  readonly code = 'step_failed';
  readonly kind = 'input';
  readonly exitCode: number;

  constructor(options: {
    readonly exitCode: number;
    /** The instruction, as far as the engine says which. */
    readonly instruction: string | undefined;
    /** Whole, as they came. */
    readonly lastLines: readonly string[];
    readonly clean: Cleaner['text'];
  }) {
    const { exitCode, lastLines, clean } = options;
    const last = quote(lastLines.join(' · '), { clean, charactersMax: quotedMax });
    const words = lastLines.length === 0 ? 'It printed nothing.' : `Its last words: ${last}`;
    super({
      advice: {
        what: `A command ended with exit code ${exitCode}`,
        why: `${nameOf(options)} failed${meaningOf(exitCode)}. ${words}`,
        next: `${nextAfter(lastLines.join('\n'))} The steps before it are kept.`,
      },
    });
    this.exitCode = exitCode;
  }
}

/** A command of a step was not begun, for a reason that lies in the step or its base. */
export class StepRefusedError extends SlipwayError {
  override readonly name = 'StepRefusedError';
  readonly code = 'step_refused';
  readonly kind = 'input';

  constructor(options: {
    readonly refusal: Refusal;
    /** The instruction, as far as the engine says which. */
    readonly instruction: string | undefined;
    readonly clean: Cleaner['text'];
  }) {
    const { refusal, clean } = options;
    const quoted = (said: string) => quote(said, { clean, charactersMax: quotedMax });
    super({
      advice: {
        what: 'A command could not be started',
        why: `${nameOf(options)} was not begun: ${quoted(refusal.why)}.`,
        next: `${quoted(refusal.next)} The steps before it are kept.`,
      },
    });
  }
}

/** What the image has at the path of a COPY or WORKDIR is in its way. */
export class StepMisplacedError extends SlipwayError {
  override readonly name = 'StepMisplacedError';
  readonly code = 'step_misplaced';
  readonly kind = 'input';

  constructor(options: {
    readonly refusal: Refusal;
    readonly instruction: string;
    readonly clean: Cleaner['text'];
  }) {
    const { why, next } = options.refusal;
    super({
      advice: {
        what: 'An instruction found something in its way',
        why: `${nameOf(options)} could not be carried out: ${why}.`,
        next: `${next} The steps before it are kept.`,
      },
    });
  }
}

/** How an error names the instruction that it is about. */
function nameOf(options: {
  readonly instruction: string | undefined;
  readonly clean: Cleaner['text'];
}): string {
  const { instruction, clean } = options;
  return instruction === undefined
    ? 'A command'
    : `“${quote(instruction, { clean, charactersMax: quotedMax })}”`;
}

/** A command, or what it said last, on a page: some lines. */
const quotedMax = 400;

export class StepTimeoutError extends SlipwayError {
  override readonly name = 'StepTimeoutError';
  readonly code = 'step_timeout';
  readonly kind = 'input';

  constructor(timeoutMs: number) {
    super({
      advice: {
        what: 'The step took too long and was ended',
        why: `A step may run for ${Math.round(timeoutMs / 60_000)} min on this server.`,
        next: 'Make the step smaller, or ask whoever runs this server to raise SLIPWAY_STEP_MINUTES_MAX.',
      },
    });
  }
}

export class StepOutputError extends SlipwayError {
  override readonly name = 'StepOutputError';
  readonly code = 'step_output';
  readonly kind = 'input';

  constructor(bytesMax: number) {
    super({
      advice: {
        what: 'The step printed too much and was ended',
        why: `A step may print ${Math.round(bytesMax / 1_000_000)} MB, and ${Math.round(linesMaxOf(bytesMax) / 1_000)} thousand lines; more would fill the disk of the database.`,
        next: 'Let its commands print less: most have an option such as --quiet, or send the output to a file.',
      },
    });
  }
}

/** Lines that are shorter than this on average cost as much as if they were not: each is known by its number. */
const lineBytesMin = 100;

/** How many lines a step may print. */
export function linesMaxOf(outputBytesMax: number): number {
  return Math.floor(outputBytesMax / lineBytesMin);
}

/** The engine itself failed: it is not there, too old, out of disk, or it answered what it should not. */
export class EngineFailedError extends SlipwayError {
  override readonly name = 'EngineFailedError';
  readonly code = 'engine_failed';
  readonly kind = 'setup';

  constructor(options: { readonly why: string; readonly next?: string; readonly cause?: unknown }) {
    super({
      advice: {
        what: 'The build engine failed',
        why: options.why,
        next:
          options.next ??
          'Try again. If it happens again, look at worker.log on the server: it says which engine was found.',
      },
      cause: options.cause,
      isRetryable: true,
    });
  }
}

/** Steps on a builder would get out of the root folder of their image. */
export class RootLeftError extends SlipwayError {
  override readonly name = 'RootLeftError';
  readonly code = 'root_left';
  readonly kind = 'setup';

  constructor() {
    super({
      advice: {
        what: 'Steps would reach the files of the builder’s machine, so none was run',
        why: 'On this builder a command that runs as root gets out of the root folder of its image, with a second chroot, and into that of the machine. So it is where dockerd or buildkitd itself runs in a chroot, or starts containers without pivot_root.',
        next: 'Run it as a service of its machine, in a container, or behind pivot_root in the place of chroot, and without DOCKER_RAMDISK; then run the build again. Or set SLIPWAY_BUILDER_ISOLATION to any, if steps may have what the machine has.',
      },
    });
  }
}

/** Steps on the private network of a builder would reach what hands out the credentials of its machine. */
export class MetadataReachedError extends SlipwayError {
  override readonly name = 'MetadataReachedError';
  readonly code = 'metadata_reached';
  readonly kind = 'setup';

  /** @param address of the service that took a connection */
  constructor(address: string) {
    const rules = address.includes(':') ? 'ip6tables' : 'iptables';
    super({
      advice: {
        what: 'Steps would reach a metadata service, so none was run',
        why: `On the private network of this builder ${address} takes connections. Clouds hand out the credentials of a machine there, to whatever runs on it.`,
        next: `Keep containers of the builder’s machine from it, for Docker with “${rules} -I DOCKER-USER -d ${address} -j REJECT”, and run the build again. Or set SLIPWAY_STEP_NETWORK to none; or to host, if steps may have what the machine has.`,
      },
    });
  }
}

/** The disk that the engine works on has no room. */
export class EngineDiskFullError extends SlipwayError {
  override readonly name = 'EngineDiskFullError';
  readonly code = 'engine_disk_full';
  readonly kind = 'storage';

  constructor() {
    super({
      advice: {
        what: 'The disk of the build engine is full',
        why: 'The engine had no room left for the step, or for what the step made.',
        next: 'Let the step write less, or make room where SLIPWAY_DATA/engine lies on the worker, and with BuildKit on the builder’s disk. The steps before it are kept.',
      },
      isRetryable: true,
    });
  }
}

/** As the C library puts it, and every program with it. */
export function isDiskFull(said: string): boolean {
  return /no space left on device/i.test(said);
}

/** What to do about a command that failed, from its last words. */
function nextAfter(said: string): string {
  if (isDiskFull(said)) {
    return 'The disk that the engine works on (with Buildah SLIPWAY_DATA/engine on the worker, with BuildKit the builder’s own) had no room left: let the step write less, or ask whoever runs this server to make room.';
  }
  if (isOwnerBeyond(said)) {
    return 'A file belongs, or was to belong, to a user or group beyond 65535, of which steps on Buildah have none: they can neither change, remove nor make such a file. Use a lower number, or ask whoever runs this server for BuildKit, which takes any.';
  }
  return 'Look at the lines above the error in the log, change the step and run the build again.';
}

/** What the kernel makes of users that a namespace does not have: EOVERFLOW; of one that a file is to be given, EINVAL. */
function isOwnerBeyond(said: string): boolean {
  return /value too large for defined data type|\bch(?:own|grp)\b.*: invalid argument/i.test(said);
}

/** Steps were asked for where nothing can run them. */
export class NoEngineError extends SlipwayError {
  override readonly name = 'NoEngineError';
  readonly code = 'no_engine';
  readonly kind = 'setup';

  /** @param lack what the worker found missing, and how to get it */
  constructor(lack: { readonly why: string; readonly next: string } | null) {
    const { why, next } = lack ?? { why: 'This worker has none.', next: 'Install one on the worker.' };
    super({
      advice: {
        what: 'This build has steps, and the server has no engine to run them',
        why: `Slipway pulls images by itself, but commands run in an engine. ${why}`,
        next: `${next} A worker finds it within seconds; then run the build again.`,
      },
    });
  }
}

function meaningOf(exitCode: number): string {
  if (exitCode === 126) return ': it was found but could not be executed';
  if (exitCode === 127) return ': it was not found';
  if (exitCode === 137) return ': it was killed, often because memory ran out';
  if (exitCode > 128 && exitCode < 160) return `: it was ended by signal ${exitCode - 128}`;
  return '';
}
