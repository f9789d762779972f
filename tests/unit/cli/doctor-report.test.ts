import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createDoctorReport } from '#lib/cli/doctor-report.ts';
import { UsageError } from '#lib/cli/usage-error.ts';
import { type PreflightCheck, type PreflightView, preflightViewSchema } from '#lib/preflight/schema.ts';
import { waitingChecks } from '#lib/preflight/view.ts';

const problem = {
  code: 'access_denied',
  kind: 'denied' as const,
  isRetryable: false,
  what: 'ECR refused to hand over the image',
  why: 'The user ci may not do ecr:BatchGetImage.',
  next: 'Add this statement to the policy of the user ci.',
  paste: { title: 'IAM policy statement', text: '{\n  "Effect": "Allow"\n}' },
};

describe('what slipway doctor prints', () => {
  it('is a line a check, aligned, as each ends, with what to do and to paste below the failed one', () => {
    const { lines, report } = printing(false);
    report.show(view('running', { name: passed('h.io/a:1', 1) }));
    expect(lines()).toEqual(['passed   Name            1 ms  h.io/a:1']);
    const failed: PreflightCheck = {
      name: 'permission',
      state: 'failed',
      detail: problem.what,
      tookMs: 118,
      problem,
    };
    const skipped = { state: 'skipped' as const, detail: 'Not tested: it may not be read' };
    report.show(
      view('running', {
        name: passed('h.io/a:1', 1),
        dns: passed('h.io has 2 addresses', 41),
        tls: passed('Certificate valid for 203 days', 1_041),
        sign_in: passed('Signed in as ines', 382),
        permission: failed,
        manifest: skipped,
      }),
    );
    expect(lines()).toEqual([
      'passed   Name            1 ms  h.io/a:1',
      'passed   DNS            41 ms  h.io has 2 addresses',
      'passed   TLS          1041 ms  Certificate valid for 203 days',
      'passed   Sign-in       382 ms  Signed in as ines',
      'failed   Permission    118 ms  ECR refused to hand over the image',
      '         The user ci may not do ecr:BatchGetImage.',
      '         Add this statement to the policy of the user ci.',
      '         (access_denied)',
      '',
      '         IAM policy statement:',
      '',
      '{',
      '  "Effect": "Allow"',
      '}',
      '',
      'skipped  Manifest              Not tested: it may not be read',
    ]);
  });

  it.each<[Partial<Record<string, Partial<PreflightCheck>>>, string]>([
    [{}, 'This pull will work.'],
    [
      {
        platform: { state: 'skipped', detail: 'Not tested' },
        size: { state: 'skipped', detail: 'Not tested' },
      },
      'This pull will work. Not tested: Platform, Size.',
    ],
    [{ pulls_left: { state: 'warned', detail: 'few', problem } }, 'This pull will work, with 1 warning.'],
    [{ sign_in: { state: 'failed', detail: 'no', problem } }, 'This pull will not work: Sign-in failed.'],
  ])('ends with %j in one sentence', (changes, sentence) => {
    const { lines, report } = printing(false);
    const all = Object.fromEntries(waitingChecks.map(({ name }) => [name, passed('well', 1)]));
    report.show(view('ended', { ...all, ...changes }));
    report.show(view('ended', { ...all, ...changes }));
    expect(lines().at(-1)).toBe(sentence);
    expect(lines().filter((line) => line === sentence)).toHaveLength(1);
  });

  it('is one JSON object a line for programs', () => {
    const { lines, report } = printing(true);
    const all = Object.fromEntries(waitingChecks.map(({ name }) => [name, passed('well', 1)]));
    report.show(view('running', { name: passed('well', 1) }));
    report.show(view('ended', { ...all, tls: { state: 'failed', detail: 'no', problem } }));
    const objects = lines().map((line) => JSON.parse(line));
    expect(objects.map(({ kind, name }) => name ?? kind)).toEqual([
      ...waitingChecks.map(({ name }) => name),
      'ended',
    ]);
    expect(objects[2]).toEqual({ kind: 'check', name: 'tls', state: 'failed', detail: 'no', problem });
    expect(objects.at(-1)).toEqual({ kind: 'ended', isPassed: false });
  });

  it('says in JSON why the checks could not be made', () => {
    const { lines, report } = printing(true);
    report.failed(new UsageError({ what: 'No', why: 'Because.' }));
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ kind: 'error', exitCode: 2 });
  });
});

function passed(detail: string, tookMs: number): Partial<PreflightCheck> {
  return { state: 'passed', detail, tookMs };
}

function view(
  state: PreflightView['state'],
  changes: Partial<Record<string, Partial<PreflightCheck>>>,
): PreflightView {
  const checks = waitingChecks.map((check) => ({ ...check, ...changes[check.name] }));
  return preflightViewSchema.parse({ state, checks });
}

function printing(isJson: boolean) {
  let text = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const lines = () => text.replace(/\n$/, '').split('\n');
  return { report: createDoctorReport({ stdout, isJson }), lines };
}
