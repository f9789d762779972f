import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from '#lib/config/nearest.ts';

const words = ['start', 'worker', 'migrate', 'pull', 'user reset-password'];

test.each([
  ['strat', 'start'],
  ['wroker', 'worker'],
  ['MIGRATE', 'migrate'],
  ['pul', 'pull'],
  ['user reset-pasword', 'user reset-password'],
])('%s was meant to be %s', (word, meant) => {
  expect(nearest(word, words)).toBe(meant);
});

test.each(['', 'x', 'deploy-everything', 'zzzzz'])('nothing is like "%s"', (word) => {
  expect(nearest(word, words)).toBeNull();
});

test('a word that exists is nearest to itself', () => {
  fc.assert(fc.property(fc.constantFrom(...words), (word) => nearest(word, words) === word));
});
