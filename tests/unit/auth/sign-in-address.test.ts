import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownPage, signInAddress } from '#lib/auth/sign-in-address.ts';

test.each([
  ['/builds/1', '/builds/1'],
  ['/builds/1#L3-L9', '/builds/1#L3-L9'],
  ['/?status=failed&q=a%20b', '/?status=failed&q=a%20b'],
  ['/images/%2F%2Fevil.test', '/images/%2F%2Fevil.test'],
  ['/builds/../secrets', '/secrets'],
])('the sign-in leads on to %s', (text, page) => {
  expect(ownPage(text)).toBe(page);
});

test.each([
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  '/.//evil.test',
  '/..//evil.test',
  '/%2e//evil.test',
  '/a/..//evil.test',
  '\\\\evil.test',
  ' //evil.test',
  'https://evil.test/',
  'https:evil.test',
  'javascript:alert(1)',
  'data:text/html,x',
  '%2F%2Fevil.test',
  'builds/1',
  `/${'x'.repeat(3000)}`,
  '',
  null,
  undefined,
  ['/builds/1'],
])('and to the home page for %j', (text) => {
  expect(ownPage(text)).toBe('/');
});

test('no text leads to another server', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '%2e',
    '%2f',
    '%5c',
    '\t',
    '\n',
    ':',
    '@',
    '?',
    '#',
    'evil.test',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const page = new URL(ownPage(`/${pieces.join('')}`), 'https://slipway.test');
      expect(page.origin).toBe('https://slipway.test');
    }),
  );
});

test('its address says where it leads, but for home', () => {
  expect(signInAddress('/builds/1?a=1')).toBe('/sign-in?next=%2Fbuilds%2F1%3Fa%3D1');
  expect(signInAddress('/')).toBe('/sign-in');
  expect(signInAddress('//evil.test')).toBe('/sign-in');
  expect(signInAddress(null)).toBe('/sign-in');
});
