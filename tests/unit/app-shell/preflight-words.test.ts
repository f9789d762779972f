import { describe, expect, it } from 'vitest';
import {
  announcementOf,
  formatCheckTime,
  summaryOf,
  totalMsOf,
} from '#app/(dashboard)/_components/preflight-words.ts';
import type { PreflightCheck, PreflightView } from '#lib/preflight/schema.ts';
import { checkNames } from '#lib/preflight/schema.ts';

/** All checks, passed but for those that are named. */
function viewOf(
  states: Partial<Record<PreflightCheck['name'], PreflightCheck['state']>>,
  state: PreflightView['state'] = 'ended',
): PreflightView {
  return {
    state,
    checks: checkNames.map((name) => ({ name, state: states[name] ?? 'passed', detail: '', tookMs: 100 })),
  };
}

const problem = {
  code: 'access_denied',
  kind: 'denied',
  isRetryable: false,
  what: 'ECR refused to hand over the image',
  why: '',
  next: '',
} as const;

describe('a preflight in one line', () => {
  it.each([
    ['passed', viewOf({}), 'passed', '9 of 9 checked'],
    ['warned', viewOf({ size: 'warned' }), 'warned', '9 of 9 checked, 1 warning'],
    ['warned twice', viewOf({ size: 'warned', dns: 'warned' }), 'warned', '9 of 9 checked, 2 warnings'],
    [
      'failed',
      viewOf({ permission: 'failed', size: 'warned' }),
      'failed',
      '9 of 9 checked, failed at Permission, 1 warning',
    ],
    [
      'failed, so that others were not tested',
      viewOf({ permission: 'failed', manifest: 'skipped', platform: 'skipped', pulls_left: 'skipped' }),
      'failed',
      '6 of 9 checked, failed at Permission',
    ],
    ['passed without what cannot be tested', viewOf({ pulls_left: 'skipped' }), 'passed', '8 of 9 checked'],
    ['running', viewOf({ manifest: 'running', size: 'waiting' }, 'running'), 'running', '7 of 9 checked'],
    [
      'running, with a warning',
      viewOf({ tls: 'warned', manifest: 'running' }, 'running'),
      'running',
      '8 of 9 checked, 1 warning',
    ],
    ['failed and not ended', viewOf({ dns: 'failed' }, 'running'), 'failed', '9 of 9 checked, failed at DNS'],
    ['queued', viewOf({}, 'queued'), 'queued', 'Queued'],
  ] as const)('%s', (_, view, state, text) => {
    expect(summaryOf(view)).toMatchObject({ state, text });
  });

  it('has done its share', () => {
    expect(
      summaryOf(viewOf({ name: 'running', dns: 'waiting', tls: 'waiting' }, 'running')).share,
    ).toBeCloseTo(6 / 9);
    expect(summaryOf({ state: 'queued', checks: [] }).share).toBe(0);
  });
});

it('says at the end how it ended, and of a failure what failed', () => {
  expect(announcementOf('Preflight', viewOf({}))).toBe('Preflight passed');
  expect(announcementOf('Check', viewOf({ size: 'warned' }))).toBe('Check passed: 9 of 9 checked, 1 warning');
  const failed = viewOf({ permission: 'failed' });
  const checks = failed.checks.map((check) => (check.state === 'failed' ? { ...check, problem } : check));
  expect(announcementOf('Preflight', { ...failed, checks })).toBe(
    'Preflight failed at Permission: ECR refused to hand over the image',
  );
});

it.each([
  [0, '0 ms'],
  [41.4, '41 ms'],
  [9_999, '9999 ms'],
  [10_000, '10s'],
])('writes %d ms as %s', (tookMs, text) => {
  expect(formatCheckTime(tookMs)).toBe(text);
});

it('adds up what was measured', () => {
  expect(totalMsOf(viewOf({}))).toBe(900);
  expect(totalMsOf({ state: 'ended', checks: [{ name: 'dns', state: 'skipped', detail: '' }] })).toBe(0);
});
