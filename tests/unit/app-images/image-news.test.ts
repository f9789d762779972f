import { expect, test } from 'vitest';
import { knownBuilds, takeRows } from '#app/(dashboard)/_components/image-news.ts';
import type { BuildRow } from '#lib/builds/types.ts';

const row = (number: number, state: BuildRow['state'], image: string | null = 'web') =>
  ({ number, state, image: image === null ? null : { name: image, revision: 1 } }) as BuildRow;
const page = knownBuilds({
  web: [
    { number: 9, state: 'running' },
    { number: 7, state: 'succeeded' },
  ],
  tools: [],
});

test.each([
  ['a build that it shows, in another state', row(9, 'failed'), true],
  ['a build that it shows, as it is', row(9, 'running'), false],
  ['a newer build', row(12, 'queued'), true],
  ['the first build of an image', row(1, 'queued', 'tools'), true],
  ['an older build that is off the page', row(3, 'succeeded'), false],
  ['a build of an image that it does not show', row(12, 'queued', 'other'), false],
  ['a build of no image', row(12, 'queued', null), false],
])('a page of images is read again for %s: %o', (_, changed, isNews) => {
  expect(takeRows(page, [changed]).isNews).toBe(isNews);
});

test('the same is news once, whatever the page that was read then shows', () => {
  const { known } = takeRows(page, [row(12, 'queued')]);
  expect(takeRows(known, [row(12, 'queued')]).isNews).toBe(false);
  const read = knownBuilds({ web: [{ number: 9, state: 'failed' }], tools: [] }, known);
  expect(takeRows(read, [row(12, 'queued'), row(9, 'failed')]).isNews).toBe(false);
  expect(takeRows(read, [row(12, 'running')]).isNews).toBe(true);
});
