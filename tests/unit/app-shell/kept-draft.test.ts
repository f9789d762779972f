import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseDraft } from '#app/_components/use-draft.ts';

const schema = z.object({ text: z.string() });
const keptAt = '2026-11-26T14:02:00.000Z';

describe('a draft that the browser kept', () => {
  test('comes back with its time', () => {
    expect(parseDraft(JSON.stringify({ keptAt, draft: { text: 'python' } }), schema)).toEqual({
      keptAt,
      draft: { text: 'python' },
    });
  });

  test.each([
    ['none', null],
    ['no JSON', '{'],
    ['of an older page', JSON.stringify({ keptAt, draft: { reference: 'python' } })],
    ['without its time', JSON.stringify({ draft: { text: 'python' } })],
  ])('is as if it were not there: %s', (_, text) => {
    expect(parseDraft(text, schema)).toBeNull();
  });
});
