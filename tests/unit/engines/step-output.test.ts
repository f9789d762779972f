import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StepWatch } from '#lib/engines/step-output.ts';
import { createRedactor } from '#lib/log/redact.ts';

const secret = 'hf_zyxwvutsrqponmlkjihgfedcba0123456789';

/** What a step that printed these chunks is said to have printed. */
function linesOf(chunks: readonly Uint8Array[]): readonly string[] {
  const lines: string[] = [];
  const watch = new StepWatch({
    limits: { timeoutMs: 60_000, outputBytesMax: 10_000_000, memoryBytes: undefined },
    signal: new AbortController().signal,
    clean: createRedactor([secret]),
    onLine: ({ text }) => lines.push(text),
  });
  for (const chunk of chunks) watch.take('stdout', chunk);
  watch.end();
  return lines;
}

test('a value across the place where a long line is cut is taken out', () => {
  const long = 'x'.repeat(16_364);
  const lines = linesOf([Buffer.from(`${long}${secret}${'y'.repeat(50)}\nnext ${secret}\n`)]);
  expect(lines.join('')).toBe(`${long}***${'y'.repeat(50)}next ***`);
});

test('a value is taken out wherever it lies and however it comes', () => {
  const pieces = fc.array(fc.constantFrom(secret, 'é', 'plain ', '\n', '\r\n', 'x'.repeat(16_380)), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(pieces, fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 10 }), (said, sizes) => {
      const bytes = Buffer.from(said.join(''));
      const chunks: Buffer[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      chunks.push(bytes.subarray(at));
      const text = linesOf(chunks).join('');
      const expected = said.join('').replaceAll(secret, '\0').replace(/\0+/g, '***');
      expect(text).toBe(expected.replaceAll(/\r?\n/g, ''));
    }),
    { numRuns: 100 },
  );
});

test('a line without end is told while it grows', () => {
  const lines: string[] = [];
  const watch = new StepWatch({
    limits: { timeoutMs: 60_000, outputBytesMax: 10_000_000, memoryBytes: undefined },
    signal: new AbortController().signal,
    clean: createRedactor([secret]),
    onLine: ({ text }) => lines.push(text),
  });
  for (let count = 0; count < 100; count += 1) watch.take('stdout', Buffer.from('x'.repeat(16_384)));
  expect(lines.length).toBeGreaterThanOrEqual(99);
  watch.end();
});
