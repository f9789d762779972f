import { CancelledError } from '#lib/errors/cancelled.ts';
import { exitCodeOf, reportError } from '#lib/errors/report.ts';

/**
 * Runs a command whose report tells how it goes, and hears first of a failure. A program that reads JSON has been told then; a
 * person is told by the dispatcher.
 * @returns the exit code. @throws the failure, where a person reads
 */
export async function runReported(options: {
  readonly signal: AbortSignal;
  readonly isJson: boolean;
  readonly report: { failed(error: unknown): void };
  readonly run: () => Promise<number>;
}): Promise<number> {
  const { signal, isJson, report, run } = options;
  try {
    return await run();
  } catch (error) {
    const failure = signal.aborted ? new CancelledError(error) : error;
    report.failed(failure);
    if (isJson) return exitCodeOf(reportError(failure).kind);
    throw failure;
  }
}
