import type { ErrorReport } from './report.ts';
import { type ErrorKind, SlipwayError } from './slipway-error.ts';

/** A failure that is known by its report alone, and thrown on: another process told it, or its texts were cleaned. */
export class ReportedError extends SlipwayError {
  override readonly name = 'ReportedError';
  /** Of the failure that was reported. */
  readonly code: string;
  readonly kind: ErrorKind;

  /** @param diagnostic stands for the trace of a fault of our own */
  constructor(report: ErrorReport, diagnostic?: string) {
    const { code, kind, isRetryable, ...advice } = report;
    super({ advice, isRetryable });
    this.code = code;
    this.kind = kind;
    if (diagnostic !== undefined) this.stack = diagnostic;
  }
}
