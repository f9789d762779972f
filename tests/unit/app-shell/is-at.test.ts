import { describe, expect, test } from 'vitest';
import { isAt, placeOf } from '#app/(dashboard)/_components/is-at.ts';

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

describe('where the navigation takes a page to be', () => {
  test.each([
    ['/builds/new', '', '/builds/new'],
    ['/builds/new', 'reference=ubuntu', '/builds/new'],
    ['/builds/new', 'image=', '/images'],
    ['/builds/new', 'image=tools', '/images'],
    ['/builds/1413', 'image=tools', '/builds/1413'],
    ['/images/tools', '', '/images/tools'],
  ])('%s?%s is at %s', (path, query, place) => {
    expect(placeOf(path, new URLSearchParams(query))).toBe(place);
  });
});
