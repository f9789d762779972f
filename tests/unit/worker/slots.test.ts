import { describe, expect, test } from 'vitest';
import { Slots } from '#lib/worker/slots.ts';

/** A queue of numbers, and work on each that ends when the test says so. */
function openQueue(options: { readonly count: number; readonly waiting: number[] }) {
  const { count, waiting } = options;
  const ends = new Map<number, () => void>();
  const taken: number[] = [];
  let answer = Promise.resolve();
  const slots = new Slots<number>({
    count,
    claim: async () => {
      const claim = waiting.shift() ?? null;
      await answer;
      return claim;
    },
    run: async (claim) => {
      taken.push(claim);
      await new Promise<void>((resolve) => ends.set(claim, resolve));
    },
  });
  return {
    slots,
    waiting,
    taken,
    end: (claim: number) => ends.get(claim)?.(),

    /** The queue has looked, and does not answer before the function that comes back is called. */
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      answer = promise;
      return resolve;
    },
  };
}

describe('slots', () => {
  test('take as much as there is room for, and more when there is room again', async () => {
    const { slots, taken, end } = openQueue({ count: 2, waiting: [1, 2, 3] });
    await slots.wake();
    expect(taken).toEqual([1, 2]);
    expect(slots.busy).toBe(2);
    end(1);
    await expect.poll(() => taken).toEqual([1, 2, 3]);
    expect(slots.busy).toBe(2);
  });

  test('hear what is announced while they look', async () => {
    const { slots, taken, waiting, hold } = openQueue({ count: 2, waiting: [] });
    const release = hold();
    const looking = slots.wake();
    waiting.push(1);
    await slots.wake();
    release();
    await looking;
    expect(taken).toEqual([1]);
  });

  test('that stop take nothing more, and wait for what they have, also what was just being taken', async () => {
    const { slots, taken, end, hold } = openQueue({ count: 2, waiting: [1, 2] });
    const release = hold();
    const looking = slots.wake();
    let isStopped = false;
    const stopped = slots.stop().then(() => {
      isStopped = true;
    });
    release();
    await looking;
    expect(taken).toEqual([1]);
    await slots.wake();
    expect(taken).toEqual([1]);
    expect(isStopped).toBe(false);
    end(1);
    await stopped;
    expect(slots.busy).toBe(0);
  });
});
