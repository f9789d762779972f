import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { failureOf, fieldErrors, keptValues, textsOf } from '#app/_components/form-state.ts';
import { CancelledError } from '#lib/errors/cancelled.ts';

describe('what a form hands back', () => {
  test('is its texts, without files and without what the framework adds', () => {
    const form = new FormData();
    form.set('email', 'ines@example.com');
    form.set('file', new File(['x'], 'x.txt'));
    form.set('$ACTION_ID_1', '');
    expect(textsOf(form)).toEqual({ email: 'ines@example.com' });
  });

  test('never holds what is write-only', () => {
    expect(keptValues({ email: 'a', password: 'b', code: 'c' }, 'password', 'code')).toEqual({ email: 'a' });
  });

  test('has one complaint a field, the first', () => {
    const schema = z.object({
      name: z
        .string()
        .min(3, 'Too short')
        .regex(/^[a-z]+$/, 'Use letters'),
      age: z.string(),
    });
    const { error } = schema.safeParse({ name: '1' });
    expect(error && fieldErrors(error)).toMatchObject({ name: 'Too short', age: expect.any(String) });
  });

  test('names failures that were raised on purpose, and lets defects through', () => {
    expect(failureOf(new CancelledError())).toMatchObject({ code: 'cancelled', what: 'Cancelled' });
    expect(() => failureOf(new TypeError('x is undefined'))).toThrow(TypeError);
  });
});
