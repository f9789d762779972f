import { describe, expect, test } from 'vitest';
import { reportError } from '#lib/errors/report.ts';
import { CheckLostError } from '#lib/preflight/errors.ts';
import { checkNames, type PreflightCheck, preflightViewSchema } from '#lib/preflight/schema.ts';
import { failChecks, waitingChecks } from '#lib/preflight/view.ts';

const problem = reportError(new CheckLostError({ what: 'The worker was lost' }));
const linesOf = (checks: readonly PreflightCheck[]) => checks.map(({ name, state }) => `${state} ${name}`);

/** The first so many passed; the next is under way, if it is said so. */
function standing(passed: number, isRunning = true): PreflightCheck[] {
  return waitingChecks.map((check, index) => {
    if (index < passed) return { ...check, state: 'passed', detail: 'Found', tookMs: 3 };
    return index === passed && isRunning ? { ...check, state: 'running' } : check;
  });
}

describe('checks that could not go on', () => {
  test.each([
    ['where they stood', standing(3)],
    ['at the next, between two', standing(3, false)],
  ])('fail %s; what was found stays, what follows was not tested', (_, checks) => {
    const failed = failChecks(checks, { problem });
    expect(linesOf(failed)).toEqual([
      'passed name',
      'passed dns',
      'passed tls',
      'failed sign_in',
      'skipped permission',
      'skipped manifest',
      'skipped platform',
      'skipped size',
      'skipped pulls_left',
    ]);
    expect(failed[3]).toMatchObject({ detail: problem.what, problem });
    expect(failed[0]).toEqual(checks[0]);
    expect(failed[4]).toMatchObject({ detail: 'Not tested' });
    expect(preflightViewSchema.safeParse({ state: 'ended', checks: failed }).success).toBe(true);
  });

  test('fail at the first before anything was made', () => {
    expect(linesOf(failChecks(waitingChecks, { problem }))[0]).toBe('failed name');
  });

  test('fail at a later one when that is what cannot be done', () => {
    expect(linesOf(failChecks(waitingChecks, { problem, at: 'sign_in' })).slice(0, 5)).toEqual([
      'skipped name',
      'skipped dns',
      'skipped tls',
      'failed sign_in',
      'skipped permission',
    ]);
  });

  test('that all were made already stay as they are', () => {
    const checks = standing(checkNames.length);
    expect(failChecks(checks, { problem })).toEqual(checks);
  });
});
