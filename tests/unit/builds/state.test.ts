import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { patchOf } from '#lib/builds/row-patch.ts';
import { type BuildState, buildStateSchema } from '#lib/builds/schema.ts';
import { canBecome, isFinal, lossesMax, nextStates, stateAfterLoss } from '#lib/builds/state.ts';
import { emptyView, foldEvents } from '#lib/builds/view.ts';
import { arbitraryStream } from './arbitrary-events.ts';

const states = buildStateSchema.options;

describe('the life of a build', () => {
  test('every walk along the table stays in it and ends for good', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (choices) => {
        let state: BuildState = 'queued';
        for (const choice of choices) {
          const options: readonly BuildState[] = nextStates[state];
          if (options.length === 0) break;
          const next: BuildState | undefined = options[choice % options.length];
          if (next === undefined) throw new Error('unreachable');
          expect(canBecome(state, next)).toBe(true);
          state = next;
        }
        if (isFinal(state)) for (const other of states) expect(canBecome(state, other)).toBe(false);
      }),
    );
  });

  test('every state but the first can be reached, and a final one from everywhere', () => {
    const reachable = new Set<string>(['queued']);
    for (let before = -1; before !== reachable.size; ) {
      before = reachable.size;
      for (const state of states)
        if (reachable.has(state)) for (const next of nextStates[state]) reachable.add(next);
    }
    expect([...reachable].sort()).toEqual([...states].sort());
    for (const state of states) {
      if (!isFinal(state)) expect(nextStates[state].some((next) => isFinal(next))).toBe(true);
    }
  });

  test('a lost build is taken up again until it was lost too often', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.boolean(), (losses, isCancelRequested) => {
        const state = stateAfterLoss({ losses, isCancelRequested });
        expect(canBecome('running', state)).toBe(true);
        if (isCancelRequested) expect(state).toBe('cancelled');
        else expect(state).toBe(losses < lossesMax ? 'queued' : 'failed');
      }),
    );
  });
});

test('the row and the view agree on the state, whatever happened', () => {
  fc.assert(
    fc.property(arbitraryStream, (stream) => {
      const patch = patchOf(stream.map(({ event }) => event));
      expect(patch.state ?? 'queued').toBe(foldEvents(emptyView, stream).state);
    }),
  );
});
