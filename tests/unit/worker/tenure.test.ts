import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LeaseLostError } from '#lib/builds/errors.ts';
import { InputError } from '#lib/errors/input.ts';
import type { ChildEnd } from '#lib/worker/child.ts';
import { Tenure } from '#lib/worker/tenure.ts';

const leaseMs = 6_000;
const renewEveryMs = 1_500;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A hold of a row whose process says what it is made to, and what became of both. */
function hold(renew: () => Promise<{ readonly cancelRequestedBy: null }>) {
  const ended = Promise.withResolvers<ChildEnd>();
  const end = (signal: NodeJS.Signals | null) =>
    ended.resolve({ code: signal === null ? 0 : null, signal, stderr: '', refused: undefined });
  const child = { send: vi.fn(), kill: () => end('SIGKILL'), ended: ended.promise };
  const tenure = new Tenure({ child, renew, leaseMs, renewEveryMs });
  const alive = setInterval(() => tenure.heard(), 500);
  const conclude = vi.fn(async () => {});
  const over = tenure.run(conclude).finally(() => clearInterval(alive));
  return { tenure, end: () => end(null), over, conclude, hush: () => clearInterval(alive) };
}

const renewed = async () => ({ cancelRequestedBy: null });
const away = async () => {
  throw new Error('The database is away');
};
const noSpace = async () => {
  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
};

test('a process that falls silent is killed', async () => {
  const { over, hush } = hold(renewed);
  await vi.advanceTimersByTimeAsync(1_000);
  hush();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await over).toMatchObject({ signal: 'SIGKILL' });
});

test('a process that has said nothing yet has more time, and not all there is', async () => {
  const { over, hush } = hold(renewed);
  hush();
  const isOver = vi.fn();
  void over.then(isOver);
  await vi.advanceTimersByTimeAsync(55_000);
  expect(isOver).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(7_000);
  expect(await over).toMatchObject({ signal: 'SIGKILL' });
});

test('what was refused is answered, and the row is kept', async () => {
  const { tenure, end, over, conclude } = hold(renewed);
  const refusal = new InputError({ what: 'No', why: 'So.', next: 'Other.' });
  const refused = vi.fn();
  const later = vi.fn(async () => {});
  tenure.write(() => Promise.reject(refusal), refused);
  tenure.write(later, refused);
  await vi.advanceTimersByTimeAsync(0);
  expect(refused.mock.calls).toEqual([[refusal]]);
  expect(later).toHaveBeenCalledOnce();
  end();
  expect(await over).toMatchObject({ code: 0 });
  expect(conclude).toHaveBeenCalledOnce();
});

test('what goes wrong again and again while the lease is renewed is answered, and the row is kept', async () => {
  const { tenure, end, over, conclude } = hold(renewed);
  const refused = vi.fn();
  tenure.write(noSpace, refused);
  await vi.advanceTimersByTimeAsync(leaseMs + renewEveryMs);
  expect(refused).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'ENOSPC' }));
  end();
  await over;
  expect(conclude).toHaveBeenCalledOnce();
});

test('what works when it is tried again is answered by nobody else', async () => {
  const { tenure, end, over } = hold(renewed);
  const refused = vi.fn();
  const work = vi.fn(async () => {}).mockRejectedValueOnce(new Error('The connection broke'));
  tenure.write(work, refused);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(work).toHaveBeenCalledTimes(2);
  expect(refused).not.toHaveBeenCalled();
  end();
  await over;
});

test.each([
  ['the row is another worker’s', renewed, () => Promise.reject(new LeaseLostError())],
  ['the database is away', away, away],
])('when %s the process is killed, and nothing more is written', async (_, renew, work) => {
  const { tenure, over, conclude } = hold(renew);
  const refused = vi.fn();
  const later = vi.fn(async () => {});
  tenure.write(work, refused);
  tenure.write(later, refused);
  await vi.advanceTimersByTimeAsync(leaseMs + 2 * renewEveryMs);
  expect(await over).toMatchObject({ signal: 'SIGKILL' });
  expect(refused).not.toHaveBeenCalled();
  expect(later).not.toHaveBeenCalled();
  expect(conclude).not.toHaveBeenCalled();
});

test('a try that began before the database came back says nothing about what is at fault', async () => {
  let isAway = true;
  const { tenure, over, conclude } = hold(() => (isAway ? away() : renewed()));
  const refused = vi.fn();
  const timedOut = async () => {
    await new Promise((resolve) => setTimeout(resolve, leaseMs + 500));
    throw new Error('No answer');
  };
  tenure.write(timedOut, refused);
  await vi.advanceTimersByTimeAsync(leaseMs - renewEveryMs);
  isAway = false;
  await vi.advanceTimersByTimeAsync(leaseMs);
  expect(await over).toMatchObject({ signal: 'SIGKILL' });
  expect(refused).not.toHaveBeenCalled();
  expect(conclude).not.toHaveBeenCalled();
});
