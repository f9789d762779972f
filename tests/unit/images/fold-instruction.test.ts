import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldInstruction } from '#lib/images/fold-instruction.ts';

/** As Buildah puts lines together: it takes the last backslash of several for one that continues the line. */
function joined(text: string): readonly string[] {
  const instructions: string[] = [];
  let open = '';
  for (const line of text.split('\n')) {
    if (open !== '' && /^\s*(?:#|$)/.test(line)) continue;
    const isContinued = /\\[ \t]*$/.test(line);
    open += isContinued ? line.replace(/\\[ \t]*$/, '') : line;
    if (isContinued) continue;
    instructions.push(open);
    open = '';
  }
  return open === '' ? instructions : [...instructions, open];
}

test('a short instruction is one line', () => {
  expect(foldInstruction('RUN a && b')).toBe('RUN a && b');
});

test('a long one is lines that builders read, and put together as it was', () => {
  const pieces = fc.constantFrom('x', 'xyz', ' ', '   ', '#', ' # ', '\\', '\\\\', '\t', '😀', 'é', '\u0085');
  const instruction = fc
    .array(fc.tuple(pieces, fc.nat(4_000)), { minLength: 1, maxLength: 60 })
    .map((parts) => `RUN ${parts.map(([piece, count]) => piece.repeat(count)).join('x')}x`);
  fc.assert(
    fc.property(instruction, (text) => {
      const folded = foldInstruction(text);
      if (folded === undefined) return;
      expect(joined(folded)).toEqual([text]);
      for (const line of folded.split('\n')) expect(Buffer.byteLength(line)).toBeLessThan(65_535);
    }),
    { numRuns: 50 },
  );
});

test('one without a place to break it at is none', () => {
  expect(foldInstruction(`RUN a${' '.repeat(70_000)}b`)).toBeUndefined();
  expect(foldInstruction(`RUN a${'\\'.repeat(70_000)}b`)).toBeUndefined();
  expect(foldInstruction(`RUN a${' '.repeat(15_000)}b${' '.repeat(15_000)}b`)).toBeDefined();
});
