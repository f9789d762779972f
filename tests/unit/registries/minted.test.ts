import { describe, expect, test } from 'vitest';
import { CancelledError } from '#lib/errors/cancelled.ts';
import { lifeText, type Minted, mintedSource } from '#lib/registries/minted.ts';

const hourMs = 3_600_000;
const signal = new AbortController().signal;

/** Mints `p1`, `p2`, …, each good for an hour, by a clock of its own. */
function bench(options: { readonly lifeMs?: number } = {}) {
  let now = 0;
  let count = 0;
  let gate: Promise<void> | undefined;
  const source = mintedSource({
    clock: () => now,
    mint: async ({ signal: minting }): Promise<Minted> => {
      count += 1;
      const password = `p${count}`;
      await gate;
      if (minting.aborted) throw new CancelledError(minting.reason);
      return { credentials: { username: 'AWS', password }, endsAtMs: now + (options.lifeMs ?? 12 * hourMs) };
    },
  });
  return {
    ask: async (isRefused = false, by: AbortSignal = signal) =>
      (await source({ isRefused, signal: by })).password,
    advance: (ms: number) => {
      now += ms;
    },
    hold: (until: Promise<void>) => {
      gate = until;
    },
    minted: () => count,
  };
}

describe('what was minted', () => {
  test('is kept until shortly before its end', async () => {
    const { ask, advance } = bench();
    expect(await ask()).toBe('p1');
    advance(11 * hourMs + 54 * 60_000);
    expect(await ask()).toBe('p1');
    advance(60_000);
    expect(await ask()).toBe('p2');
  });

  test('and lives short is kept for most of its life', async () => {
    const { ask, advance } = bench({ lifeMs: 60_000 });
    await ask();
    advance(49_000);
    expect(await ask()).toBe('p1');
    advance(1_000);
    expect(await ask()).toBe('p2');
  });

  test('and had ended before it came is handed out all the same, once', async () => {
    const { ask, minted } = bench({ lifeMs: -1 });
    expect(await ask()).toBe('p1');
    expect(await ask()).toBe('p2');
    expect(minted()).toBe(2);
  });

  test('is not handed out again when it was refused', async () => {
    const { ask } = bench();
    await ask();
    expect(await ask(true)).toBe('p2');
    expect(await ask()).toBe('p2');
  });

  test('is shared by all who ask at once, refused or not', async () => {
    const { ask, minted } = bench();
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['p1', 'p1', 'p1']);
    expect(await Promise.all([ask(true), ask(true), ask()])).toEqual(['p2', 'p2', 'p2']);
    expect(minted()).toBe(2);
  });

  test('is minted anew when whoever began was cancelled', async () => {
    const { ask, hold } = bench();
    const { promise, resolve } = Promise.withResolvers<void>();
    hold(promise);
    const cancel = new AbortController();
    const first = ask(false, cancel.signal);
    const second = ask();
    cancel.abort();
    resolve();
    await expect(first).rejects.toBeInstanceOf(CancelledError);
    expect(await second).toBe('p2');
  });
});

test('a failed mint is told to all who wait for it, and tried again by the next', async () => {
  let count = 0;
  const source = mintedSource({
    mint: async () => {
      count += 1;
      if (count === 1) throw new TypeError('away');
      return { credentials: { username: 'AWS', password: 'p' }, endsAtMs: Date.now() + hourMs };
    },
  });
  const ask = () => source({ isRefused: false, signal });
  const outcomes = await Promise.allSettled([ask(), ask()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await ask()).toMatchObject({ password: 'p' });
});

test.each([
  [12 * hourMs, '12h'],
  [12 * hourMs - 900, '12h'],
  [1.5 * hourMs, '1h 30m'],
  [45 * 60_000, '45m'],
  [10_000, '0m'],
])('%d ms are %s', (ms, text) => {
  expect(lifeText(ms)).toBe(text);
});
