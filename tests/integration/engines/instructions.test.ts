import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStageLog } from '#lib/builds/log/stage-log.ts';
import { instructionsOf } from '#lib/builds/steps/step-instructions.ts';
import type { StepImage } from '#lib/engines/take-result.ts';
import { linesOfStep } from '#lib/images/dockerfile.ts';
import { type StepInput, stepSchema } from '#lib/images/schema.ts';
import { type TestEngine, testEngines } from '#tests/support/engines.ts';
import { type Bench, openBench } from './bench.ts';

const noSignal = new AbortController().signal;
const log = createStageLog('steps', () => undefined);

/** What a container of an image starts. */
function startOf({ config }: StepImage) {
  const { Cmd = null, Entrypoint = null } = JSON.parse(new TextDecoder().decode(config)).config;
  return { Cmd, Entrypoint };
}

/** What steps become has to mean the same to every engine, and all of it has to be run. */
describe.each(testEngines)('$name', ({ start }) => {
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

  const run = async (step: StepInput) => {
    const { lines } = await bench.run(linesOfStep(stepSchema.parse(step)));
    return lines.map(({ text }) => text);
  };

  test('runs a command of more bytes than builders read in a line, and what comes after it', async () => {
    const word = 'x'.repeat(8_000);
    const commands = [
      'RUN echo one > /one',
      'RUN echo start \\',
      ...Array.from({ length: 9 }, () => `  ${word} \\`),
      '  > /two',
      'RUN busybox wc -c /one /two; echo three',
    ];
    const said = await run({ kind: 'dockerfile_commands', commands });
    expect(said.map((line) => line.trim())).toEqual(['4 /one', '72015 /two', '72019 total', 'three']);
    const failing = run({ kind: 'dockerfile_commands', commands: [...commands, 'RUN exit 3'] });
    await expect(failing).rejects.toMatchObject({ exitCode: 3 });
  });

  test('runs all of two commands, the first of which ends with a backslash that means itself', async () => {
    const said = await run({ kind: 'run_commands', commands: ['echo C:\\\\', 'echo second'] });
    expect(said).toEqual(['C:\\', 'second']);
  });

  test('runs a list without a shell, or with the variables that it is given', async () => {
    const commands = ['["echo","$A","*"]'];
    expect(await run({ kind: 'run_commands', commands })).toEqual(['$A *']);
    const script = ['["sh","-c","echo $A"]'];
    expect(await run({ kind: 'run_commands', commands: script, env: { A: 'a b' } })).toEqual(['a b']);
  });

  test.each<[string, readonly StepInput[]]>([
    [
      'a command',
      [
        { kind: 'cmd', arguments: ['a b', '$A'] },
        { kind: 'entrypoint', arguments: ['/bin/e'] },
      ],
    ],
    [
      'a command of a shell that is another one later',
      [
        { kind: 'dockerfile_commands', commands: ['SHELL ["/bin/sh", "-e", "-c"]', 'CMD echo "$A"'] },
        { kind: 'dockerfile_commands', commands: ['SHELL ["/bin/sh", "-c"]', 'ENTRYPOINT e', 'USER 1'] },
        { kind: 'entrypoint', arguments: [] },
      ],
    ],
    ['none after the last', [{ kind: 'entrypoint', arguments: ['/bin/e'] }]],
    [
      'the newer one of two',
      [
        { kind: 'cmd', arguments: ['a'] },
        { kind: 'dockerfile_commands', commands: ['CMD ["b"]', 'ENTRYPOINT ["/bin/e"]'] },
        { kind: 'workdir', path: '/srv' },
        { kind: 'entrypoint', arguments: ['/bin/f'] },
      ],
    ],
  ])('step by step an entrypoint leaves as in one file %s', async (_, inputs) => {
    const steps = inputs.map((input) => stepSchema.parse(input));
    // The command of a base is gone in any case.
    const { image: base } = await bench.run(['CMD ["base"]']);
    const whole = await bench.run(
      steps.flatMap((step) => linesOfStep(step)),
      { base },
    );
    let image: StepImage = base;
    for (const [index, step] of steps.entries()) {
      const options = { ...bench, work: { steps }, log, signal: noSignal };
      const { lines } = await instructionsOf(options, { step, index, base: image, python: undefined });
      ({ image } = await bench.run(lines, { base: image }));
    }
    expect(startOf(image)).toEqual(startOf(whole.image));
  });

  test('takes a command as long as any step may be', async () => {
    const env = Object.fromEntries(Array.from({ length: 14 }, (_, at) => [`V${at}`, 'x'.repeat(8_000)]));
    const commands = [`echo ${'y'.repeat(7_800)} | busybox wc -c`];
    expect(await run({ kind: 'run_commands', commands, env })).toEqual(['7801']);
  });

  test('says which command failed, and says it once, however long it is', async () => {
    const env = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`V${at}`, `é${'x'.repeat(8_000)}`]));
    expect(await run({ kind: 'run_commands', commands: ['echo "$V8" | busybox wc -c'], env })).toEqual([
      '8003',
    ]);
    const failing = run({ kind: 'run_commands', commands: ['echo last; exit 4'], env });
    await expect(failing).rejects.toMatchObject({
      exitCode: 4,
      advice: { why: expect.stringMatching(/^“RUN export V0=.* failed. Its last words: last$/) },
    });
  });
});
