import { reportError } from '#lib/errors/report.ts';
import { checkOf } from '#lib/preflight/check-of.ts';
import { notTestedAfter } from '#lib/preflight/not-tested.ts';
import { type CheckName, checkLabels, checkNames, type PreflightCheck } from '#lib/preflight/schema.ts';
import { waitingChecks } from '#lib/preflight/view.ts';
import type { StageLog } from '../log/stage-log.ts';
import type { BuildEvent, StageName } from '../schema.ts';

/** What was found out about some checks. */
export type Found = Readonly<
  Partial<Record<CheckName, Pick<PreflightCheck, 'state' | 'detail' | 'tookMs' | 'problem'>>>
>;

/**
 * The checks of a preflight, as a build makes them by doing: each request of its own proves one or several, so none is made
 * twice. Every result is a line of the log; the whole list is an event.
 */
export class BuildChecks {
  readonly #registry: string | undefined;
  readonly #emit: (event: BuildEvent) => void;
  #checks: readonly PreflightCheck[] = waitingChecks;

  /** @param options.registry that of the reference */
  constructor(options: {
    readonly registry: string | undefined;
    readonly emit: (event: BuildEvent) => void;
  }) {
    this.#registry = options.registry;
    this.#emit = options.emit;
  }

  /** Writes down what was found out. */
  found(log: StageLog, found: Found): void {
    for (const name of checkNames) {
      const check = found[name];
      if (check === undefined) continue;
      const line = `${checkLabels[name]}: ${check.detail}`;
      if (check.state === 'warned') log.warn('check', line);
      else log.say('check', line);
    }
    this.#checks = this.#checks.map((check) => ({ ...check, ...found[check.name] }));
    this.#tell();
  }

  /**
   * Writes down that a stage failed: which check that is, that those before it passed, and that the others were not made.
   * A failure that is about no check, such as a layer that does not match its digest, changes nothing.
   */
  failed(stage: StageName, error: unknown): void {
    const name = checkOf(error, this.#registry) ?? usualCheck[stage];
    if (name === undefined) return;
    const problem = reportError(error);
    const at = checkNames.indexOf(name);
    this.#checks = this.#checks.map((check, index) => {
      if (index === at) return { name, state: 'failed', detail: problem.what, problem };
      if (check.state !== 'waiting') return check;
      return index < at
        ? { ...check, state: 'passed', detail: passedBefore[check.name] }
        : { ...check, state: 'skipped', detail: notTestedAfter[name] };
    });
    this.#tell();
  }

  /** The registry is down, and an image in the store stands in for it: what failed is a warning, and the rest is not asked. */
  stoodIn(error: unknown): void {
    const name = checkOf(error, this.#registry) ?? 'sign_in';
    const problem = reportError(error);
    this.#checks = this.#checks.map((check) => {
      if (check.name === name) return { name, state: 'warned', detail: problem.what, problem };
      return check.state === 'waiting'
        ? { ...check, state: 'skipped', detail: 'Not tested: the image comes out of the store' }
        : check;
    });
    this.#tell();
  }

  #tell(): void {
    this.#emit({ kind: 'preflight', checks: [...this.#checks] });
  }
}

/** What a stage asks for: what fails in it without a clearer sign is about this. */
const usualCheck: Readonly<Partial<Record<StageName, CheckName>>> = {
  authenticate: 'sign_in',
  resolve: 'manifest',
};

/** Of checks that a later one needs, and that say nothing more of themselves. */
const passedBefore: Readonly<Record<CheckName, string>> = {
  name: 'It names an image',
  dns: 'The registry answered',
  tls: 'The registry answered',
  sign_in: 'Signed in',
  permission: 'It may be asked for',
  manifest: 'There is an image',
  platform: 'It is for this platform',
  size: 'There is room',
  pulls_left: 'There are pulls left',
};
