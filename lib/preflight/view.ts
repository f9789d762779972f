import type { ErrorReport } from '#lib/errors/report.ts';
import { type CheckName, checkNames, type PreflightCheck } from './schema.ts';

/** Every check before any was made. */
export const waitingChecks: readonly PreflightCheck[] = checkNames.map((name) => ({
  name,
  state: 'waiting',
  detail: '',
}));

/**
 * The checks of a preflight that could not go on: the one that was being made, else the next, fails for this reason, and
 * those after it were not made. With `at`, that check fails and those before it that were not made are left out.
 */
export function failChecks(
  checks: readonly PreflightCheck[],
  options: { readonly problem: ErrorReport; readonly at?: CheckName },
): PreflightCheck[] {
  const { problem, at } = options;
  const found = checks.findIndex(({ name, state }) => (at === undefined ? isOpen(state) : name === at));
  return checks.map((check, index) => {
    if (index === found) return { ...check, state: 'failed', detail: problem.what, problem };
    return isOpen(check.state) ? { ...check, state: 'skipped', detail: 'Not tested' } : check;
  });
}

function isOpen(state: PreflightCheck['state']): boolean {
  return state === 'waiting' || state === 'running';
}
