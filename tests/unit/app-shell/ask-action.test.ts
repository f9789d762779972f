import { redirect } from 'next/navigation';
import { describe, expect, test } from 'vitest';
import { askForForm, askForRefusal, askForReport } from '#app/_components/ask-action.ts';
import { emptyForm, type FormState } from '#app/_components/form-state.ts';

/** What the browser throws where no server is. */
const unheard = () => Promise.reject(new TypeError('Failed to fetch'));

describe('an action that is asked', () => {
  test('answers what it answers', async () => {
    expect(await askForReport('Nothing was collected', async () => null)).toBeNull();
  });

  test('is told of as a failure where no server answers', async () => {
    const report = { code: 'no_answer', what: 'Nothing was collected', why: 'The server did not answer.' };
    expect(await askForReport('Nothing was collected', unheard)).toMatchObject(report);
    expect(await askForRefusal('Nothing was collected', unheard)).toMatchObject({ report, fields: {} });
  });

  test('does not blame the line where the server met a fault, and says where its log has it', async () => {
    const fault = Object.assign(new Error('An error occurred in the Server Components render'), {
      digest: '2861',
    });
    const report = await askForReport('Nothing was collected', () => Promise.reject(fault));
    expect(report).toMatchObject({ code: 'internal', why: expect.stringContaining('2861') });
  });

  test('may lead to another page', async () => {
    const away = async () => redirect('/sign-in');
    await expect(askForReport('Nothing was collected', away)).rejects.toThrow('NEXT_REDIRECT');
  });

  test('of a form keeps what was typed, but for what is write-only, and is no success', async () => {
    const form = new FormData();
    form.set('email', 'ines@example.com');
    form.set('password', 'of hers');
    const before: FormState = { ...emptyForm, errors: { email: 'Type one' }, doneCount: 3 };
    expect(await askForForm<FormState>('You are not signed in', unheard)(before, form)).toEqual({
      values: { email: 'ines@example.com' },
      errors: {},
      failure: expect.objectContaining({ code: 'no_answer', what: 'You are not signed in' }),
      doneCount: 3,
    });
  });
});
