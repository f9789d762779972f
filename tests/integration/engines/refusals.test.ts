import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BaseImage } from '#lib/engines/types.ts';
import { type TestEngine, testEngines } from '#tests/support/engines.ts';
import { testFolder } from '#tests/support/folder.ts';
import { type Bench, openBench } from './bench.ts';

describe.each(testEngines)('$name', ({ name, start }) => {
  let engine: TestEngine;
  let bench: Bench;

  beforeAll(async () => {
    engine = await start();
    bench = await openBench(engine);
  });
  afterAll(async () => {
    await bench?.close();
    await engine?.stop();
  });

  const bare = () => bench.makeBase({ isBare: true, tree: { file: 'text' } });
  const withUsers = () =>
    bench.makeBase({ tree: { 'etc/passwd': 'app:x:7:7::/:/bin/sh\n', 'etc/group': '' } });

  test.each<[string, readonly string[], (() => Promise<BaseImage>) | undefined, RegExp, RegExp]>([
    [
      'a program that is not there',
      ['true', 'RUN ["/nope", "x"]'],
      undefined,
      /“RUN .*\/nope.*” was not begun: there is no \/nope in the image\.$/,
      /^Write where the program is/,
    ],
    ['a command without a shell', ['true'], bare, /“RUN true” .* no \/bin\/sh in the image/, /need a shell/],
    [
      'a file that may not be executed',
      ['echo text > /text', 'RUN ["/text"]'],
      undefined,
      /\/text: permission denied\.$/,
      /chmod \+x/,
    ],
    [
      'a user that there is not',
      ['USER who', 'true'],
      withUsers,
      /“RUN true” .*\/etc\/passwd has no user who/,
      /useradd who/,
    ],
    [
      'a group that there is not',
      ['USER app:who', 'true'],
      withUsers,
      /\/etc\/group has no group who/,
      /groupadd who/,
    ],
  ])('says that %s is the step’s to change', async (_, lines, makeBase, why, next) => {
    const base = await makeBase?.();
    const error = await bench.run(lines, base === undefined ? {} : { base }).catch((failure) => failure);
    expect(error).toMatchObject({ code: 'step_refused', kind: 'input', isRetryable: false });
    expect(error.advice.why).toMatch(why);
    expect(error.advice.next).toMatch(next);
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      'a file where a folder is to be',
      ['echo > /file', 'WORKDIR /file/sub'],
      /“WORKDIR \/file\/sub” .* a file of/,
    ],
    [
      'a file where copies are to go',
      ['echo > /file', 'COPY text /file/'],
      /“COPY text \/file\/” .* a file of/,
    ],
    [
      'links in a circle',
      ['busybox ln -s /round /round', 'WORKDIR /round'],
      /“WORKDIR \/round” .* in a circle/,
    ],
  ])('says that the image has %s', async (_, lines, why) => {
    const file = path.join(await testFolder(), 'text');
    await writeFile(file, 'text');
    const files = [{ name: 'text', file, mode: 0o644 }];
    const error = await bench.run(lines, { files }).catch((failure) => failure);
    expect(error).toMatchObject({ code: 'step_misplaced', kind: 'input', isRetryable: false });
    expect(error.advice.why).toMatch(why);
  });

  if (name === 'BuildKit') {
    test('takes any user', async () => {
      const base = await bench.makeBase({ tree: { 'srv/file': { ownedBy: 70_000 } } });
      const { lines } = await bench.run(['busybox rm /srv/file', 'USER 70000:0', 'id -u'], { base });
      expect(lines.map(({ text }) => text)).toEqual(['70000']);
    });
    return;
  }

  test('says that a user is beyond those of steps', async () => {
    await expect(bench.run(['USER 1000660000:0', 'true'])).rejects.toMatchObject({
      code: 'step_refused',
      advice: {
        why: '“RUN true” was not begun: the user 1000660000 is none of a step’s, which are 0 to 65535.',
      },
    });
  });

  test.each([
    ['removes a file', 'busybox rm /srv/file'],
    ['makes a file', 'echo > /file; busybox chown 70000:70000 /file'],
  ])('says why a command fails that %s of somebody beyond those of steps', async (_, command) => {
    const base = await bench.makeBase({ tree: { 'srv/file': { ownedBy: 70_000 } } });
    await expect(bench.run([command], { base })).rejects.toMatchObject({
      code: 'step_failed',
      advice: { next: expect.stringContaining('a user or group beyond 65535') },
    });
  });
});
