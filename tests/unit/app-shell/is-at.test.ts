import { describe, expect, test } from 'vitest';
import { isAt } from '#app/(dashboard)/_components/is-at.ts';

describe('the item of the navigation that a page belongs to', () => {
  test.each([
    ['/', '/', true],
    ['/builds/1413', '/', true],
    ['/builds/new', '/', true],
    ['/builds/new', '/builds/new', true],
    ['/builds/1413', '/builds/new', false],
    ['/secrets', '/', false],
    ['/secrets', '/secrets', true],
    ['/secrets/ecr-ml-pull/replace', '/secrets', true],
    ['/secretsanta', '/secrets', false],
    ['/buildsomething', '/', false],
    ['/settings', '/settings', true],
  ])('%s is at %s: %s', (path, href, expected) => {
    expect(isAt(path, href)).toBe(expected);
  });
});
