import { expect, test } from 'vitest';
import type { NumberedEvent } from '#lib/builds/schema.ts';
import { Topic } from '#lib/builds/topic.ts';

function eventNumbered(number: number): NumberedEvent {
  const event = { kind: 'log', stage: 'pull', level: 'info', text: `line ${number}` } as const;
  return { number, at: new Date(0).toISOString(), event: { ...event, firstLine: number } };
}

/** Stored events, read when the test says so: what a read finds is fixed when it begins, as in a database. */
function createEvents() {
  const stored: NumberedEvent[] = [];
  const answers: (() => void)[] = [];
  return {
    store: (number: number) => void stored.push(eventNumbered(number)),
    waiting: () => answers.length,
    answer: () => answers.shift()?.(),
    read: ({ after, limit }: { readonly after: number; readonly limit: number }) => {
      const found = stored.filter(({ number }) => number > after).slice(0, limit);
      return new Promise<NumberedEvent[]>((resolve) => answers.push(() => resolve(found)));
    },
  };
}

test('an event that is announced while a look in vain is under way is not missed', async () => {
  const events = createEvents();
  const topic = new Topic('b', 5, events.read);
  const next = topic.next(5, AbortSignal.timeout(5_000));
  // The listener was away: something may have been missed, and nothing was.
  topic.announce();
  expect(events.waiting()).toBe(1);
  events.store(6);
  topic.announce(6);
  events.answer();
  await expect.poll(events.waiting).toBe(1);
  events.answer();
  expect((await next).map(({ number }) => number)).toEqual([6]);
});

test('a look in vain is not repeated when nothing was announced meanwhile', async () => {
  const events = createEvents();
  const topic = new Topic('b', 5, events.read);
  topic.announce();
  events.answer();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(events.waiting()).toBe(0);
});
