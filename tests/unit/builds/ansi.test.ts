import { expect, test } from 'vitest';
import { paint, stripAnsi } from '#lib/builds/log/ansi.ts';

test.each([
  ['plain', 'plain'],
  [`${paint('green', 'reused')} 184 B`, 'reused 184 B'],
  ['\u001b[1;31mred\u001b[0m', 'red'],
  ['\u001b[2K\u001b[1Aup', 'up'],
  ['\u001b[?25lhidden', 'hidden'],
  ['a [31m b', 'a [31m b'],
  ['lone \u001b', 'lone \u001b'],
])('%j reads %j', (text, plain) => expect(stripAnsi(text)).toBe(plain));
