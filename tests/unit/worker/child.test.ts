import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Child, causeOf } from '#lib/worker/child.ts';
import { testFolder } from '#tests/support/folder.ts';

const worker = path.resolve(import.meta.dirname, '../../../lib/worker');
const schema = z.object({ kind: z.literal('said'), keys: z.array(z.string()).max(1) });

/** A process that says this, and then does nothing until it is killed. */
async function childThatSays(message: unknown, onMessage: (said: unknown) => void) {
  const file = path.join(await testFolder(), 'says.ts');
  await writeFile(file, `process.send(${JSON.stringify(message)}); setInterval(() => {}, 60_000);`);
  return new Child({
    file: `${path.relative(worker, file.replace(/\.ts$/, ''))}.ts`,
    id: 'x',
    schema,
    onMessage,
  });
}

test('a process that says what is not understood is ended, and what of it was wrong is known, not what it said', async () => {
  const child = await childThatSays({ kind: 'said', keys: ['hunter22', 'hunter23'] }, () => {});
  const end = await child.ended;
  expect(end.signal).toBe('SIGKILL');
  expect(end.refused).toBe('keys: too_big');
  expect(causeOf(end)).toBe('it said what is not understood');
});

test('a process that was understood ends for no such reason', async () => {
  const child = await childThatSays({ kind: 'said', keys: [] }, () => child.kill());
  const end = await child.ended;
  expect(end.refused).toBeUndefined();
  expect(causeOf(end)).toBe('SIGKILL');
});
