import { CancelledError } from '#lib/errors/cancelled.ts';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import { notTestedAfter } from './not-tested.ts';
import {
  type Allowance,
  type CheckName,
  detailCharactersMax,
  type PreflightCheck,
  type PreflightView,
} from './schema.ts';
import { waitingChecks } from './view.ts';

/** What a check found when it did not fail. */
export interface Finding<T = undefined> {
  readonly state: 'passed' | 'warned' | 'skipped';
  /** One line: what was found, or why it was not tested. */
  readonly detail: string;
  /** Of a warning: what, why and what to do. */
  readonly problem?: ErrorReport;
  /** For the checks that follow. */
  readonly value: T;
  /** Where its work was done within another check. Measured if absent. */
  readonly tookMs?: number;
}

/** A check failed, so nothing is tested after it. The list knows more. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/** Where the time ended for all checks together. */
interface Overrun {
  readonly check: CheckName;
  readonly afterMs: number;
}

export interface ChecklistOptions {
  readonly signal: AbortSignal;
  /** For all checks together. */
  readonly budgetMs: number;
  readonly onView: (view: PreflightView) => void;
  /** Turns what a check met into the error that a person reads. */
  readonly explain: (error: unknown) => unknown;
  /** The error for the check that was being made when the time ended. */
  readonly overrun: (overrun: Overrun) => unknown;
}

/**
 * The checks of one preflight: runs one after the other, measures each, and tells the whole list whenever it changed. The
 * first failure ends it: what follows is not tested. At the end of the time the running check fails.
 */
export class Checklist {
  readonly #options: ChecklistOptions;
  readonly #startedAtMs = performance.now();
  readonly #overdue = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal;
  #checks: readonly PreflightCheck[] = waitingChecks;
  #allowance: Allowance | undefined;
  #failure: unknown;

  constructor(options: ChecklistOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#overdue.abort(), options.budgetMs);
    this.#signal = AbortSignal.any([options.signal, this.#overdue.signal]);
  }

  /** What ended the checks; undefined when all of them passed. */
  get failure(): unknown {
    return this.#failure;
  }

  /** What is left of the time. */
  get leftMs(): number {
    return Math.max(0, Math.floor(this.#options.budgetMs - (performance.now() - this.#startedAtMs)));
  }

  /**
   * Makes a check. What its work throws is its failure.
   * @throws CheckFailed, and CancelledError as soon as the caller's signal fires
   */
  async run<T>(name: CheckName, work: (signal: AbortSignal) => Promise<Finding<T>>): Promise<T> {
    const startedAtMs = performance.now();
    const spentMs = () => Math.round(performance.now() - startedAtMs);
    if (this.#options.signal.aborted) throw new CancelledError(this.#options.signal.reason);
    this.#set(name, { state: 'running', detail: '' });
    try {
      const { value, tookMs, ...finding } = await this.#inTime(work);
      this.#set(name, { ...finding, tookMs: tookMs ?? spentMs() });
      return value;
    } catch (error) {
      if (this.#options.signal.aborted) throw new CancelledError(this.#options.signal.reason);
      throw this.#fail(name, error, spentMs());
    }
  }

  /** Says of checks that they are not made, and why. */
  skip(names: readonly CheckName[], detail: string): void {
    this.#checks = this.#checks.map((check) =>
      names.includes(check.name) ? { name: check.name, state: 'skipped', detail } : check,
    );
    this.#tell('running');
  }

  set allowance(allowance: Allowance | undefined) {
    this.#allowance = allowance ?? this.#allowance;
  }

  /** Tells that nothing more will be checked. */
  end(): PreflightView {
    return this.#tell('ended');
  }

  /** Stops the time. */
  dispose(): void {
    clearTimeout(this.#timer);
  }

  /** Work that does not listen to the signal is left behind by it. */
  async #inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = this.#signal;
    signal.throwIfAborted();
    const { promise: over, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([over, work(signal)]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #fail(name: CheckName, error: unknown, tookMs: number): CheckFailed {
    const { explain, overrun, budgetMs } = this.#options;
    const isOverdue = this.#overdue.signal.aborted;
    this.#failure = isOverdue ? overrun({ check: name, afterMs: budgetMs }) : explain(error);
    const problem = reportError(this.#failure);
    this.#set(name, { state: 'failed', detail: problem.what, problem, tookMs });
    const rest = this.#checks.filter(({ state }) => state === 'waiting').map((check) => check.name);
    this.skip(rest, isOverdue ? 'Not tested: the time was up' : notTestedAfter[name]);
    return new CheckFailed();
  }

  #set(name: CheckName, check: Omit<PreflightCheck, 'name'>): void {
    const detail = check.detail.slice(0, detailCharactersMax);
    this.#checks = this.#checks.map((one) => (one.name === name ? { name, ...check, detail } : one));
    this.#tell('running');
  }

  #tell(state: PreflightView['state']): PreflightView {
    const allowance = this.#allowance === undefined ? {} : { allowance: this.#allowance };
    const view = { state, checks: [...this.#checks], ...allowance };
    this.#options.onView(view);
    return view;
  }
}
