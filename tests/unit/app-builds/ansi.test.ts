import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnsi, plainTextOf } from '#app/(dashboard)/builds/[number]/_components/ansi.ts';

const esc = '\u001b';

describe('parseAnsi', () => {
  it.each([
    ['plain words', 'plain words', [{ text: 'plain words' }]],
    ['nothing', '', []],
    [
      'a colour and its end',
      `${esc}[31merror${esc}[39m after`,
      [{ text: 'error', colour: 'red' }, { text: ' after' }],
    ],
    [
      'a reset without a number',
      `${esc}[1;32mok${esc}[m.`,
      [{ text: 'ok', isBold: true, colour: 'green' }, { text: '.' }],
    ],
    ['bright colours as their common ones', `${esc}[94mblue`, [{ text: 'blue', colour: 'blue' }]],
    ['bright black as grey', `${esc}[90mgrey`, [{ text: 'grey', colour: 'dim' }]],
    ['dim and underline', `${esc}[2;4mx`, [{ text: 'x', isDim: true, isUnderlined: true }]],
    [
      '22 ends bold and dim, and leaves the colour',
      `${esc}[1;2;36ma${esc}[22mb`,
      [
        { text: 'a', isBold: true, isDim: true, colour: 'cyan' },
        { text: 'b', colour: 'cyan' },
      ],
    ],
    ['backgrounds', `${esc}[41;97mx`, [{ text: 'x', colour: 'white' }]],
    ['a 256-colour background whose index looks like bold', `${esc}[48;5;1mx`, [{ text: 'x' }]],
    ['a true colour whose parts look like codes', `${esc}[38;2;1;4;31mx`, [{ text: 'x' }]],
    ['a 256-colour index of the small palette', `${esc}[38;5;2mx`, [{ text: 'x', colour: 'green' }]],
    ['cursor movement', `a${esc}[2Ab${esc}[10;10Hc`, [{ text: 'abc' }]],
    ['a sequence cut short', `a${esc}[31`, [{ text: 'a' }]],
    ['a window title', `${esc}]0;title\u0007text`, [{ text: 'text' }]],
    [
      'a link, ended by ST',
      `${esc}]8;;https://example.com${esc}\\text${esc}]8;;${esc}\\`,
      [{ text: 'text' }],
    ],
    ['other control characters', 'a\u0000b\u0007c\u007fd', [{ text: 'abcd' }]],
    ['a tab', 'a\tb', [{ text: 'a\tb' }]],
    ['a carriage return that rewrites the line', 'fetching 10%\rfetching 99%', [{ text: 'fetching 99%' }]],
    ['a rewrite that is shorter', 'abcdef\rxy', [{ text: 'xycdef' }]],
    ['a rewrite that erases first', `abcdef\r${esc}[Kxy`, [{ text: 'xy' }]],
    ['the carriage return of a CRLF', 'abc\r', [{ text: 'abc' }]],
    ['backspaces', 'abc\b\bX', [{ text: 'aXc' }]],
    [
      'a rewrite in another colour',
      `${esc}[31mab\r${esc}[32mc`,
      [
        { text: 'c', colour: 'green' },
        { text: 'b', colour: 'red' },
      ],
    ],
  ])('shows %s', (_, text, runs) => {
    expect(parseAnsi(text)).toEqual(runs);
  });

  it('never shows an escape or a control character, whatever comes', () => {
    const hostile = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(esc, `${esc}[`, `${esc}]`, '\r', '\b', 'm', ';', '31', '\u009b'),
      ),
    );
    fc.assert(
      fc.property(hostile, (parts) => {
        expect(plainTextOf(parseAnsi(parts.join(''))).replaceAll('\t', '')).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it('keeps text without controls as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/\p{Cc}/u.test(text));
        expect(plainTextOf(parseAnsi(text))).toBe(text);
      }),
    );
  });
});
