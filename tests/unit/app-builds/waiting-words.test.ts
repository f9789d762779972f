import { expect, test } from 'vitest';
import { waitingWords } from '#app/(dashboard)/builds/[number]/_components/waiting-words.ts';

const waiting = { buildsBefore: 0, needsEngine: false, workers: 1, slots: 2, busy: 2 };

test('a queued build says what it waits for', () => {
  expect(waitingWords(waiting)).toBe('Next in line. 1 worker: 2 of 2 slots busy.');
  expect(waitingWords({ ...waiting, buildsBefore: 1 })).toBe(
    '1 build before it in line. 1 worker: 2 of 2 slots busy.',
  );
  expect(waitingWords({ ...waiting, buildsBefore: 12, needsEngine: true, workers: 2, slots: 4 })).toBe(
    '12 builds before it in line. 2 workers with an engine: 2 of 4 slots busy.',
  );
  expect(waitingWords({ ...waiting, workers: 0, slots: 0, busy: 0 })).toBe(
    'No worker is running. The build starts as soon as one does.',
  );
});
