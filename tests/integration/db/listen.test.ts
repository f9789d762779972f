import pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Listener, listen } from '#lib/db/listen.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';

let database: TestDatabase;
let speaker: pg.Client;
let controller: AbortController;
beforeEach(async () => {
  database = await createTestDatabase({ isEmpty: true });
  speaker = new pg.Client(database.url);
  await speaker.connect();
  controller = new AbortController();
});
afterEach(async () => {
  controller.abort();
  await speaker.end();
  await database.drop();
});

async function hear() {
  const heard: string[] = [];
  const onGap = vi.fn();
  await listen({
    url: database.url,
    channels: ['builds', 'Odd "name"'],
    onNotification: ({ channel, payload }) => heard.push(`${channel}: ${payload}`),
    onGap,
    signal: controller.signal,
  });
  return { heard, onGap };
}

const say = (channel: string, payload: string) =>
  speaker.query('SELECT pg_notify($1, $2)', [channel, payload]);
const endListeners = () =>
  speaker.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );

test('what is announced arrives in order, on the channels asked for alone', async () => {
  const { heard, onGap } = await hear();
  await say('builds', '1');
  await say('other', '2');
  await say('Odd "name"', '3');
  await say('builds', '4');
  await expect.poll(() => heard).toEqual(['builds: 1', 'Odd "name": 3', 'builds: 4']);
  expect(onGap).not.toHaveBeenCalled();
});

test('a broken connection is made again, and the gap is told', async () => {
  const { heard, onGap } = await hear();
  for (const round of [1, 2]) {
    await endListeners();
    await expect.poll(() => onGap.mock.calls.length).toBe(round);
    await say('builds', `after ${round}`);
    await expect.poll(() => heard).toContain(`builds: after ${round}`);
  }
});

test('a channel that is added later is heard too, also after a break', async () => {
  const heard: string[] = [];
  const onGap = vi.fn();
  const listener = new Listener({
    url: database.url,
    onNotification: ({ channel, payload }) => heard.push(`${channel}: ${payload}`),
    onGap,
    signal: controller.signal,
  });
  await listener.hear('builds');
  await say('checks', 'too early');
  await listener.hear('checks');
  await say('checks', 'in time');
  await expect.poll(() => heard).toEqual(['checks: in time']);
  await endListeners();
  // Asked for while there is no connection, or one that has not noticed yet.
  await listener.hear('others');
  await expect.poll(() => onGap.mock.calls.length).toBe(1);
  for (const channel of ['builds', 'checks', 'others']) await say(channel, 'again');
  await expect.poll(() => heard.slice(1)).toEqual(['builds: again', 'checks: again', 'others: again']);
});

test('it leaves no connection behind', async () => {
  await hear();
  controller.abort();
  const others = async () =>
    (
      await speaker.query(
        'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      )
    ).rowCount;
  await expect.poll(others).toBe(0);
});

test('it waits for a server that is not there yet, until it is told to stop', async () => {
  const url = new URL(database.url);
  url.port = '1';
  let isListening = false;
  const listening = listen({
    url: url.href,
    channels: ['builds'],
    onNotification: () => {},
    onGap: () => {},
    signal: controller.signal,
  }).then(() => {
    isListening = true;
  });
  await say('builds', 'time passes');
  expect(isListening).toBe(false);
  controller.abort();
  await listening;
});
