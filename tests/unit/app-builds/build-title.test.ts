import { expect, test } from 'vitest';
import { buildTitle } from '#app/(dashboard)/builds/[number]/_components/build-title.ts';

test('a tab is called by the image, where the build is an image’s', () => {
  expect(buildTitle({ number: 12, image: null }, 'running')).toBe('#12 running · Slipway');
  expect(buildTitle({ number: 12, image: { name: 'tools', revision: 3 } }, 'failed')).toBe(
    'tools #12 failed · Slipway',
  );
});
