import { expect, it } from 'vitest';
import { outlookOf } from '#app/(dashboard)/storage/_components/outlook.ts';

it.each([
  [{ isHeld: true, due: null }, 'In use', false],
  [{ isHeld: false, due: null }, 'Stays', false],
  [{ isHeld: false, due: 'age' }, 'Goes: unused', true],
  [{ isHeld: false, due: 'size' }, 'Goes: size limit', true],
  [{ isHeld: false, due: 'room' }, 'Goes: disk full', true],
  [{ isHeld: false, due: 'begun' }, 'Being removed', true],
] as const)('of an image that is %j says %s', (image, word, isDue) => {
  expect(outlookOf(image)).toMatchObject({ word, isDue });
});
