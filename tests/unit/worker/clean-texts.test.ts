import { describe, expect, test } from 'vitest';
import { reportError } from '#lib/errors/report.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { CheckLostError } from '#lib/preflight/errors.ts';
import { checkNames, type PreflightView } from '#lib/preflight/schema.ts';
import { failChecks, waitingChecks } from '#lib/preflight/view.ts';
import { cleanView } from '#lib/worker/clean-texts.ts';

const password = 'correct-horse-battery-staple';

function viewWith(text: string): PreflightView {
  const problem = {
    ...reportError(new CheckLostError({ what: text })),
    why: text,
    next: text,
    paste: { title: text, text },
  };
  return { state: 'running', checks: failChecks(waitingChecks, { problem, at: 'sign_in' }) };
}

const cleaned = (view: PreflightView, values: readonly string[]) =>
  cleanView(view, createRedactor(values).text);

describe('a view that leaves the process of a check', () => {
  test.each([
    ['as it is', password],
    ['in base64', Buffer.from(`ines:${password}`).toString('base64')],
    ['in an address', `https://ines:${encodeURIComponent(password)}@registry.test`],
  ])('holds no value %s in any of its texts', (_, text) => {
    const values = [password, Buffer.from(`ines:${password}`).toString('base64')];
    const clean = JSON.stringify(cleaned(viewWith(`It said ${text}.`), values));
    expect(clean).not.toContain(text);
    expect(clean).not.toContain(password);
    expect(clean.split('It said').length - 1).toBe(6);
  });

  test('keeps our own words, whatever the password', () => {
    const values = ['manifest', 'platform', 'permission', 'check_lost', 'internal', 'waiting', 'running'];
    const view = cleaned(viewWith('The manifest'), values);
    expect(view.state).toBe('running');
    expect(view.checks.map(({ name }) => name)).toEqual(checkNames);
    expect(view.checks[3]?.problem).toMatchObject({ code: 'check_lost', kind: 'internal', why: 'The ***' });
  });

  test('holds nothing that the database cannot', () => {
    expect(cleaned(viewWith('a\0b\ud800'), []).checks[3]?.detail).toBe('a\ufffdb\ufffd');
  });
});
