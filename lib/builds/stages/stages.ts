import { CancelledError } from '#lib/errors/cancelled.ts';
import { reportError } from '#lib/errors/report.ts';
import { parseReference } from '#lib/oci/reference.ts';
import type { RetryNotice } from '#lib/oci/retry.ts';
import { explain } from '#lib/preflight/explain.ts';
import { formatDuration } from '../format.ts';
import { createStageLog, type StageLog } from '../log/stage-log.ts';
import type { StageName } from '../schema.ts';
import { BuildChecks } from './build-checks.ts';
import type { RunBuildOptions } from './build-options.ts';

/**
 * Runs the stages of a build one after the other, and tells how each goes. Knows which is under way: what happens outside
 * of any one stage's code is logged there.
 */
export class Stages {
  readonly checks: BuildChecks;
  /** What clouds said while minting. */
  readonly signInSteps: string[] = [];
  readonly #registry: string | undefined;
  readonly #options: RunBuildOptions;
  #log: StageLog;

  constructor(options: RunBuildOptions) {
    this.#registry = registryOf(options.reference);
    this.checks = new BuildChecks({ registry: this.#registry, emit: options.emit });
    this.#options = options;
    this.#log = createStageLog('authenticate', options.emit);
  }

  /**
   * @throws CancelledError when the signal fires, and otherwise what ended the stage, explained and told
   */
  async run<T>(name: StageName, work: (log: StageLog) => Promise<T>): Promise<T> {
    const { secret, emit, signal } = this.#options;
    this.#log = createStageLog(name, emit);
    emit({ kind: 'stage', stage: name, state: 'running' });
    try {
      const result = await work(this.#log);
      signal.throwIfAborted();
      emit({ kind: 'stage', stage: name, state: 'done' });
      return result;
    } catch (error) {
      if (signal.aborted) throw new CancelledError(error);
      const failure = explain({ error, registry: this.#registry, secret });
      this.checks.failed(name, failure);
      const { what, why, next } = reportError(failure);
      this.#log.error(`${what}\n${why}\n${next}`);
      emit({ kind: 'stage', stage: name, state: 'failed', detail: what });
      throw failure;
    }
  }

  /** A registry may fail at any time, also between two lines of a stage. */
  readonly onRetry = ({ attempt, waitMs, why }: RetryNotice): void => {
    this.#log.warn('retry', `${why} Try ${attempt + 1} in ${formatDuration(waitMs)}.`);
  };

  /** A cloud minted something: when signing in, and again in the middle of a pull that outlives it. */
  readonly onStep = (line: string): void => {
    this.signInSteps.push(line);
    this.#log.say('auth', line);
  };
}

/** Undefined for what is no reference, which is a failure of the first stage. */
function registryOf(text: string): string | undefined {
  try {
    return parseReference(text).registry;
  } catch {
    return undefined;
  }
}
