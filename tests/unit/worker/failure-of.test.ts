import { expect, test } from 'vitest';
import { InputError } from '#lib/errors/input.ts';
import { reportError } from '#lib/errors/report.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { cleanedError, failureOf } from '#lib/worker/failure-of.ts';

const secret = 'hf_supersecretvalue123456';
const clean = createRedactor([secret]).text;

test('a failure is thrown on as what it was, without the values in its texts', () => {
  const failure = new InputError({ what: `It says ${secret}`, why: `Why ${secret}`, next: 'Next' });
  const cleaned = cleanedError(failure, clean);
  expect(reportError(cleaned)).toEqual({
    ...reportError(failure),
    what: 'It says ***',
    why: 'Why ***',
  });
  expect(`${cleaned.message}${cleaned.stack}`).not.toContain(secret);
  expect(cleaned.cause).toBeUndefined();
});

test('a fault of our own keeps where it was, without the values in its trace', () => {
  const fault = new Error(`Met ${secret}`);
  const { stack } = cleanedError(fault, clean);
  expect(stack).toContain('Met ***');
  expect(stack).toContain('failure-of.test.ts');
  expect(failureOf(fault, clean).diagnostic).toBe(stack);
});
