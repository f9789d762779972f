import { expect, test } from 'vitest';
import { type FilterDraft, settleDraft } from '#app/(dashboard)/_components/filter-draft.ts';

interface Filter {
  readonly text: string;
  readonly status: string;
}

const filter = (text: string, status = 'all'): Filter => ({ text, status });
const hrefOf = ({ text, status }: Filter) => `/?q=${text.trim()}&status=${status}`;
const settle = (state: FilterDraft<Filter>, page: Filter, isGoing = false) =>
  settleDraft(state, { filter: page, href: hrefOf(page), isGoing });
const sending = (draft: Filter, sent: Filter, seen = filter('')): FilterDraft<Filter> => ({
  draft,
  seen: hrefOf(seen),
  sent: hrefOf(sent),
});

test('an answer that comes in while one types on leaves the text alone', () => {
  const settled = settle(sending(filter('team/appl'), filter('te')), filter('te'));
  expect(settled).toEqual({ draft: filter('team/appl'), seen: hrefOf(filter('te')), sent: null });
});

test('nothing is taken in while an answer is still to come, not even an older one', () => {
  const state = sending(filter('team/application'), filter('team/application'));
  expect(settle(state, filter('te'), true)).toBe(state);
  expect(settle(state, filter(''), true)).toBe(state);
});

test('a choice that was made before the answer to what was typed stays', () => {
  const state = sending(filter('app', 'failed'), filter('app'));
  expect(settle(state, filter('app')).draft).toEqual(filter('app', 'failed'));
});

test.each([
  ['a link, with nothing under way', { draft: filter('zzz'), seen: hrefOf(filter('zzz')), sent: null }],
  ['a link, over what was sent', sending(filter('zzz'), filter('zzz'))],
])('what else changes the address wins: %s', (_, state) => {
  expect(settle(state, filter(''))).toEqual({ draft: filter(''), seen: hrefOf(filter('')), sent: null });
});

test('the same page again changes nothing, though its text is written with a space here', () => {
  const state = { draft: filter('app '), seen: hrefOf(filter('app')), sent: null };
  expect(settle(state, filter('app'))).toBe(state);
});
