import type { Writable } from 'node:stream';
import { checkLabels, type PreflightCheck, type PreflightView } from '#lib/preflight/schema.ts';
import { errorLine } from './error-line.ts';

/** What the checks tell whoever started them. */
export interface DoctorReport {
  /** Called with the whole list whenever it changed: says what has ended since. */
  show(view: PreflightView): void;
  /** The checks could not be made. A person is told by the dispatcher. */
  failed(error: unknown): void;
}

type Output = Writable & { readonly isTTY?: boolean };

export function createDoctorReport(options: {
  readonly stdout: Output;
  readonly isJson: boolean;
}): DoctorReport {
  return options.isJson ? jsonReport(options.stdout) : textReport(options.stdout);
}

/** One object a line: each check as it ends, and the whole at the end. */
function jsonReport(stdout: Output): DoctorReport {
  const say = (line: object) => stdout.write(`${JSON.stringify(line)}\n`);
  return {
    show: whenEnded({
      check: (check) => say({ kind: 'check', ...check }),
      end: ({ checks, allowance }) =>
        say({ kind: 'ended', isPassed: checks.every(({ state }) => state !== 'failed'), allowance }),
    }),
    failed: (error) => say(errorLine(error)),
  };
}

function textReport(stdout: Output): DoctorReport {
  const say = (line: string) => stdout.write(`${line}\n`);
  return {
    show: whenEnded({
      check: (check) => {
        say(checkLine(check));
        for (const line of problemLines(check)) say(line);
      },
      end: ({ checks }) => say(`\n${endLine(checks)}`),
    }),
    failed: () => undefined,
  };
}

/** Calls once for each check that has ended, in order, and once at the end. */
function whenEnded(tell: {
  readonly check: (check: PreflightCheck) => void;
  readonly end: (view: PreflightView) => void;
}): DoctorReport['show'] {
  let toldCount = 0;
  let isEnded = false;
  return (view) => {
    for (let check = view.checks[toldCount]; check !== undefined; check = view.checks[toldCount]) {
      if (check.state === 'waiting' || check.state === 'running') break;
      tell.check(check);
      toldCount += 1;
    }
    if (view.state !== 'ended' || isEnded) return;
    isEnded = true;
    tell.end(view);
  };
}

/** `passed   Sign-in      Signed in as ines                    382 ms` */
function checkLine({ name, state, detail, tookMs }: PreflightCheck): string {
  const start = `${state.padEnd(stateWidth)}  ${checkLabels[name].padEnd(labelWidth)}  `;
  const time = tookMs === undefined ? '' : `${tookMs} ms`;
  return `${start}${time.padStart(timeWidth)}  ${detail}`.trimEnd();
}

/** What, why and what to do below the line of its check, then what to paste as it is. A failed check's line says what. */
function problemLines({ problem, detail }: PreflightCheck): readonly string[] {
  if (problem === undefined) return [];
  const { what, why, next, code, paste } = problem;
  const indent = ' '.repeat(stateWidth + 2);
  const lines = [...(what === detail ? [] : [what]), why, next, `(${code})`].map(
    (line) => `${indent}${line}`,
  );
  // Unindented, so that it can be copied from a terminal.
  if (paste !== undefined) lines.push('', `${indent}${paste.title}:`, '', ...paste.text.split('\n'));
  return [...lines, ''];
}

function endLine(checks: readonly PreflightCheck[]): string {
  const failed = checks.find(({ state }) => state === 'failed');
  if (failed !== undefined) return `This pull will not work: ${checkLabels[failed.name]} failed.`;
  const warned = checks.filter(({ state }) => state === 'warned').length;
  if (warned > 0) return `This pull will work, with ${warned === 1 ? '1 warning' : `${warned} warnings`}.`;
  const untested = checks.filter(({ state }) => state === 'skipped').map(({ name }) => checkLabels[name]);
  const rest = untested.length === 0 ? '' : ` Not tested: ${untested.join(', ')}.`;
  return `This pull will work.${rest}`;
}

const stateWidth = 'skipped'.length;
const labelWidth = Math.max(...Object.values(checkLabels).map((label) => label.length));
/** `10000 ms` */
const timeWidth = 8;
