import { unstable_rethrow as rethrow } from 'next/navigation';
import type { ErrorReport } from '#lib/errors/report.ts';
import { type FormState, keptValues, textsOf } from './form-state.ts';

/**
 * Calls a server action: the only way to do so, because what an action throws, be it that no server answered, would
 * put the error page in the place of ours. Here it is told where it was asked, with what was typed still there.
 *
 * @param ask.what what did not happen then: "The image was not deleted"
 * @param ask.told the failure in the shape in which the action tells of others
 */
export async function askAction<Answer>(ask: {
  readonly what: string;
  readonly call: () => Promise<Answer>;
  readonly told: (report: ErrorReport) => Answer;
}): Promise<Answer> {
  try {
    return await ask.call();
  } catch (error) {
    // The way to another page is thrown, too.
    rethrow(error);
    return ask.told(failureOf(ask.what, error));
  }
}

/** The same for an action that answers null, or with the report of what went wrong. */
export function askForReport(
  what: string,
  call: () => Promise<ErrorReport | null>,
): Promise<ErrorReport | null> {
  return askAction({ what, call, told: (report) => report });
}

/** The same for an action that answers with a refusal: a report, and what it means for single fields. */
export function askForRefusal<Answer>(
  what: string,
  call: () => Promise<Answer | ReportedRefusal>,
): Promise<Answer | ReportedRefusal> {
  return askAction({ what, call, told: (report) => ({ report, fields: {} }) });
}

interface ReportedRefusal {
  readonly report: ErrorReport;
  readonly fields: Readonly<Record<string, string>>;
}

/** The same for the action of a form: `useActionState(askForForm('The name was not saved', saveName), emptyForm)`. */
export function askForForm<State extends FormState>(
  what: string,
  action: (before: Awaited<State>, form: FormData) => Promise<State>,
): (before: Awaited<State>, form: FormData) => Promise<State> {
  return (before, form) =>
    askAction<State>({
      what,
      call: () => action(before, form),
      told: (failure) => ({
        ...before,
        values: keptValues(textsOf(form), ...writeOnlyFields),
        errors: {},
        failure,
      }),
    });
}

const writeOnlyFields = ['password', 'currentPassword', 'newPassword'];

/** Next marks what an action threw with the digest under which the server logged it. Without one, nothing was heard. */
function failureOf(what: string, error: unknown): ErrorReport {
  const digest = error instanceof Error && 'digest' in error ? String(error.digest) : null;
  if (digest === null) {
    return {
      code: 'no_answer',
      kind: 'network',
      isRetryable: true,
      what,
      why: 'The server did not answer.',
      next: 'Try again when the connection is back.',
    };
  }
  return {
    code: 'internal',
    kind: 'internal',
    isRetryable: false,
    what,
    why: `Slipway met a fault of its own, or lost its database. The server log has it under ${digest}.`,
    next: 'Try again. If it stays, look at the server log.',
  };
}
