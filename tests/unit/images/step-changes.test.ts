import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linesOfStep } from '#lib/images/dockerfile.ts';
import { type Step, type StepInput, stepSchema } from '#lib/images/schema.ts';
import { type StepChange, stepChanges } from '#lib/images/step-changes.ts';

const step = (input: StepInput): Step => stepSchema.parse(input);
const pip = (...packages: string[]) => step({ kind: 'pip_install', packages });
const apt = (...packages: string[]) => step({ kind: 'apt_install', packages });
const run = (...commands: string[]) => step({ kind: 'run_commands', commands });
const env = (variables: Record<string, string>) => step({ kind: 'env', variables });

const said = (changes: readonly StepChange[]) =>
  changes.map(
    ({ way, before, after, summary }) => `${way} ${before}-${after}${summary === null ? '' : `: ${summary}`}`,
  );

describe('changes of a definition', () => {
  test.each<[string, Step[], Step[], string[]]>([
    ['nothing', [apt('git'), pip('a')], [apt('git'), pip('a')], ['same 0-0', 'same 1-1']],
    ['packages', [pip('numpy', 'scipy')], [pip('numpy', 'torch')], ['changed 0-0: +torch -scipy']],
    ['a step in front', [pip('a')], [apt('git'), pip('a')], ['added null-0', 'same 0-1']],
    ['a step taken away', [apt('git'), pip('a')], [pip('a')], ['removed 0-null', 'same 1-0']],
    ['two steps in another order', [apt('git'), pip('a')], [pip('a'), apt('git')], ['same 1-0', 'moved 0-1']],
    ['another kind in its place', [pip('a')], [apt('a')], ['removed 0-null', 'added null-0']],
    [
      'one of three, and another moved',
      [env({ A: '1' }), pip('a'), run('make')],
      [run('make'), env({ A: '2' }), pip('a')],
      ['same 2-0', 'changed 0-1: +A=2 -A=1', 'moved 1-2'],
    ],
    ['all', [], [pip('a')], ['added null-0']],
  ])('%s', (_, before, after, expected) => {
    expect(said(stepChanges(before, after)).toSorted()).toEqual(expected.toSorted());
  });

  test('its secrets and whether it is forced are part of a step', () => {
    const before = step({ kind: 'run_commands', commands: ['make'], secrets: ['hub'] });
    const after = step({ kind: 'run_commands', commands: ['make'], secrets: ['other'], force_build: true });
    expect(said(stepChanges([before], [after]))).toEqual([
      'changed 0-0: secrets +other -hub, force_build set',
    ]);
  });

  test('a long command differs in a part, and not as a whole', () => {
    const chain = (third: string) =>
      run(['first '.repeat(10), 'second '.repeat(10), third, 'fourth'].join(' && '));
    const [change] = stepChanges([chain('third')], [chain('other')]);
    expect(change?.lines.filter(({ sign }) => sign !== ' ')).toEqual([
      { sign: '-', text: '    && third' },
      { sign: '+', text: '    && other' },
    ]);
  });

  const arbitraryStep = fc.oneof(
    fc.subarray(['a', 'b', 'c']).map((packages) => pip(...packages)),
    fc.subarray(['x', 'y']).map((packages) => apt(...packages)),
    fc.array(fc.constantFrom('make', 'test'), { maxLength: 3 }).map((commands) => run(...commands)),
  );
  const definition = fc.array(arbitraryStep, { maxLength: 7 });

  test('hold each step of both once; those of the new one, and their lines, in its order', () => {
    fc.assert(
      fc.property(definition, definition, (before, after) => {
        const changes = stepChanges(before, after);
        const inOrder = (indexes: readonly number[]) => indexes.toSorted((a, b) => a - b);
        expect(inOrder(changes.flatMap((change) => change.before ?? []))).toEqual(before.map((_, at) => at));
        expect(inOrder(changes.flatMap((change) => change.after ?? []))).toEqual(after.map((_, at) => at));
        for (const { before: b, after: a, lines, way } of changes) {
          const side = (sign: '+' | '-') =>
            plain(lines.filter((line) => line.sign !== sign).map(({ text }) => text));
          expect(side('-')).toBe(a === null ? '' : plain(linesOfStep(after[a] as Step)));
          expect(side('+')).toBe(b === null ? '' : plain(linesOfStep(before[b] as Step)));
          if (way === 'same' || way === 'moved') expect(lines.every(({ sign }) => sign === ' ')).toBe(true);
        }
      }),
    );
  });

  test('are none between a definition and itself', () => {
    fc.assert(
      fc.property(definition, (steps) => {
        expect(
          stepChanges(steps, steps).every(({ way, before, after }) => way === 'same' && before === after),
        ).toBe(true);
      }),
    );
  });
});

/** Whatever the places at which lines are broken. */
function plain(lines: readonly string[]): string {
  return lines.map((line) => line.trim()).join(' ');
}
