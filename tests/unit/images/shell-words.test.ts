import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteWord, splitWords } from '#lib/images/shell-words.ts';

test.each([
  ['', []],
  ['  ', []],
  ['a b', ['a', 'b']],
  ["--global-option='x y' --pre", ['--global-option=x y', '--pre']],
  ['"a \\"b\\" $HOME"', ['a "b" $HOME']],
  ['a\\ b', ['a b']],
  ["''", ['']],
  ["it'\\''s", undefined],
  ['"open', undefined],
  ["'open", undefined],
])('%j has the words %j', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

const word = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0'));

test('words that are quoted come back, here and in a real shell', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const line = words.map(quoteWord).join(' ');
      expect(splitWords(line)).toEqual(words);
    }),
  );
  const hard = ['$(id)', '`id`', "it's", 'a"b', '\\', '*', '~', '-n', 'a\nb', '', 'é ∆', '!x'];
  const shell = spawnSync('sh', ['-c', `printf '%s\\0' ${hard.map(quoteWord).join(' ')}`], {
    encoding: 'utf8',
  });
  expect(shell.stdout.split('\0').slice(0, -1)).toEqual(hard);
});
