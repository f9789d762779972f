import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BuildEvent, logChunkBytesMax } from '#lib/builds/schema.ts';
import { cleanEvent, cleanReport } from '#lib/worker/clean-texts.ts';
import { Outbox, splitLog } from '#lib/worker/outbox.ts';

const line = (text: string): BuildEvent => ({ kind: 'log', stage: 'pull', level: 'info', text });
const progress = (bytesPerSecond: number): BuildEvent => ({ kind: 'progress', layers: [], bytesPerSecond });

function recorder(isSlow = false) {
  const batches: BuildEvent[][] = [];
  let release = () => {};
  const outbox = new Outbox({
    clean: (text) => text.replaceAll('hunter22', '•••'),
    send: async (events) => {
      batches.push([...events]);
      if (isSlow) await new Promise<void>((resolve) => (release = resolve));
    },
  });
  return { outbox, batches, release: () => release() };
}

describe('an outbox', () => {
  test('joins lines of one stage and level, and keeps the newest progress', async () => {
    const { outbox, batches } = recorder();
    for (const event of [line('a'), line('b'), progress(1), progress(2), line('c')]) await outbox.add(event);
    await outbox.flush();
    expect(batches.flat()).toEqual([line('a\nb'), progress(2), line('c')]);
  });

  test('has one batch under way; the next grows meanwhile', async () => {
    const { outbox, batches, release } = recorder(true);
    await outbox.add(line('first'));
    const flushed = outbox.flush();
    await expect.poll(() => batches.length).toBe(1);
    for (let number = 0; number < 100; number += 1) await outbox.add(line(String(number)));
    expect(batches).toHaveLength(1);
    release();
    await expect.poll(() => batches.length).toBe(2);
    release();
    await flushed;
    expect(batches[1]).toHaveLength(1);
  });

  test('holds up whoever writes faster than the worker stores', async () => {
    const { outbox, batches, release } = recorder(true);
    await outbox.add(line('first'));
    await expect.poll(() => batches.length).toBe(1);
    let added = 0;
    const writing = (async () => {
      for (; added < 40; added += 1) await outbox.add(line('x'.repeat(60_000)));
    })();
    await expect.poll(() => added).toBeGreaterThan(15);
    expect(added).toBeLessThan(20);
    while (added < 40) {
      release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    const flushed = outbox.flush();
    const pump = setInterval(release, 1);
    await flushed;
    clearInterval(pump);
    expect(batches.flat().filter(({ kind }) => kind === 'log')).toHaveLength(41);
  });

  test('a refused batch stops everything after it', async () => {
    const outbox = new Outbox({ clean: (text) => text, send: () => Promise.reject(new Error('refused')) });
    await outbox.add(line('a'));
    await expect(outbox.flush()).rejects.toThrow('refused');
    await expect(outbox.add(line('b'))).rejects.toThrow('refused');
  });
});

describe('long text', () => {
  test('is cut into chunks that together are the text, cutting no character', () => {
    const unit = fc.constantFrom('a', 'é', '😀', '\n', 'x'.repeat(5_000), '😀'.repeat(9_000));
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 40 }), (parts) => {
        const text = parts.join('');
        const chunks = splitLog(line(text)).map((event) => (event.kind === 'log' ? event.text : ''));
        for (const chunk of chunks) {
          expect(Buffer.byteLength(chunk)).toBeLessThanOrEqual(logChunkBytesMax);
          expect(chunk.isWellFormed()).toBe(true);
        }
        expect(chunks.join('').replaceAll('\n', '')).toBe(text.replaceAll('\n', ''));
      }),
      { numRuns: 30 },
    );
  });

  test('keeps its line ends where lines are short', () => {
    const text = Array.from({ length: 20_000 }, (_, number) => `line ${number}`).join('\n');
    const chunks = splitLog(line(text)).map((event) => (event.kind === 'log' ? event.text : ''));
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.join('\n')).toBe(text);
  });
});

describe('cleaning', () => {
  const clean = (text: string) => text.replaceAll('hunter22', '•••');

  test('reaches every free text', () => {
    const events: BuildEvent[] = [
      line('password hunter22'),
      { kind: 'stage', stage: 'pull', state: 'failed', detail: 'hunter22' },
      { kind: 'facts', facts: { mediaType: 'hunter22' } },
      { kind: 'checks', checks: [{ name: 'a', state: 'failed', detail: 'hunter22', remedy: 'hunter22' }] },
      {
        kind: 'state',
        state: 'failed',
        attempt: 1,
        cause: 'hunter22',
        error: {
          code: 'x',
          kind: 'denied',
          isRetryable: false,
          what: 'hunter22',
          why: 'hunter22',
          next: 'hunter22',
        },
      },
    ];
    for (const event of events) expect(JSON.stringify(cleanEvent(event, clean))).not.toContain('hunter22');
  });

  test('a password that is one of our own words breaks no event', () => {
    const event = line('authenticate');
    const cleaned = cleanEvent({ ...event, stage: 'authenticate' } as BuildEvent, (text) =>
      text.replaceAll('authenticate', '•••'),
    );
    expect(cleaned).toMatchObject({ stage: 'authenticate', text: '•••' });
  });

  test('nor one that is the name of a check', () => {
    const checks = [{ name: 'permission', state: 'passed', detail: 'the permission' }] as const;
    const cleaned = cleanEvent({ kind: 'preflight', checks: [...checks] }, (text) =>
      text.replaceAll('permission', '•••'),
    );
    expect(cleaned).toMatchObject({ checks: [{ name: 'permission', detail: 'the •••' }] });
  });

  test('what the database cannot hold is replaced', () => {
    expect(cleanEvent(line('a\0b\ud800c'), clean)).toEqual(line('a\ufffdb\ufffdc'));
  });

  test('reaches what ends a build', () => {
    const report = { code: 'denied', kind: 'denied', isRetryable: false, next: 'Wait.' } as const;
    expect(cleanReport({ ...report, what: 'a\0b hunter22', why: '\ud83d' }, clean)).toEqual({
      ...report,
      what: 'a\ufffdb •••',
      why: '\ufffd',
    });
  });
});
