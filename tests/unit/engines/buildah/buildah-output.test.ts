import { expect, test } from 'vitest';
import { BuildahOutput } from '#lib/engines/buildah/buildah-output.ts';
import { OutputLines } from '#lib/engines/output-lines.ts';
import type { OutputLine } from '#lib/engines/types.ts';

/** What is left of Buildah's output for people. */
function read(lines: readonly string[], said: { readonly stdout?: string; readonly stderr?: string }) {
  const texts: string[] = [];
  const output = new BuildahOutput({ lines, onLine: ({ text }) => texts.push(text) });
  for (const stream of ['stdout', 'stderr'] satisfies OutputLine['stream'][]) {
    const cut = new OutputLines((text) => output.take({ stream, text }));
    cut.push(Buffer.from(said[stream] ?? ''));
    cut.end();
  }
  return { texts, output };
}

test('an instruction that is longer than a line is no word of the step', () => {
  const long = `RUN echo ${'x'.repeat(40_000)}`;
  const failed = `Error: building at STEP "${long}": while running runtime: exit status 3`;
  const stdout = `STEP 1/3: FROM scratch\nSTEP 2/3: RUN a\none\nSTEP 3/3: ${long}\ntwo\n`;
  const { texts, output } = read(['RUN a', long], { stdout, stderr: `aside\n${failed}\n` });
  expect(texts).toEqual(['one', 'two', 'aside']);
  expect(() => output.requireAll()).not.toThrow();
});

test.each([
  ['found fewer instructions than it was given', 'STEP 1/2: FROM scratch\nSTEP 2/2: RUN a\n', 'found 2'],
  ['found none', '', 'found none'],
  ['is spoken of by a command', 'STEP 1/2: FROM scratch\nSTEP 2/2: RUN a\nSTEP 1/3: FROM x\n', 'found 2'],
])('a success is none when Buildah %s', (_, stdout, why) => {
  const { output } = read(['RUN a', 'RUN b'], { stdout });
  expect(() => output.requireAll()).toThrow(`Buildah was given 3 instructions and ${why}`);
});
