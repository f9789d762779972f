import { describe, expect, test, vi } from 'vitest';
import { eventStream } from '#app/api/_http/event-stream.ts';

const decoder = new TextDecoder();
const isOpen = async () => true;
const request = (signal?: AbortSignal) => new Request('http://localhost/', signal ? { signal } : {});

async function* counting(upTo: number) {
  for (let number = 1; number <= upTo; number += 1) yield { number };
}

describe('an event stream', () => {
  test('says what it is, sends each message with its number, and that it has ended', async () => {
    const response = eventStream({
      request: request(),
      isOpen,
      follow: () => counting(2),
      idOf: ({ number }) => number,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toContain('no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(await response.text()).toBe(
      'retry: 1000\n\nid: 1\ndata: {"number":1}\n\nid: 2\ndata: {"number":2}\n\nevent: end\ndata: {}\n\n',
    );
  });

  test('asks for a message when the browser has taken the one before', async () => {
    let made = 0;
    async function* follow() {
      for (;;) {
        made += 1;
        yield { text: 'x'.repeat(100_000) };
      }
    }
    const reader = eventStream({ request: request(), isOpen, follow }).body?.getReader();
    for (let read = 0; read < 5; read += 1) await reader?.read();
    expect(made).toBeLessThanOrEqual(6);
    await reader?.cancel();
  });

  test('ends its source when the browser leaves, without saying that there is an end', async () => {
    const left = new AbortController();
    let isEnded = false;
    async function* follow(signal: AbortSignal) {
      try {
        yield { number: 1 };
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      } finally {
        isEnded = true;
      }
    }
    const reader = eventStream({ request: request(left.signal), isOpen, follow }).body?.getReader();
    expect(decoder.decode((await reader?.read())?.value)).toContain('retry');
    expect(decoder.decode((await reader?.read())?.value)).toContain('"number":1');
    left.abort();
    expect(await reader?.read()).toMatchObject({ done: true });
    expect(isEnded).toBe(true);
  });

  test('ends its source when the reader is cancelled', async () => {
    let signal: AbortSignal | undefined;
    async function* follow(given: AbortSignal) {
      signal = given;
      yield { number: 1 };
    }
    const reader = eventStream({ request: request(), isOpen, follow }).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(signal?.aborted).toBe(true);
  });

  test('ends at the heartbeat after its session did, and at no other', async () => {
    vi.useFakeTimers();
    async function* follow(signal: AbortSignal) {
      yield { number: 1 };
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    }
    const answers = [true, new Error('the database is away'), false];
    const isOpenNow = async () => {
      const answer = answers.shift();
      if (typeof answer === 'boolean') return answer;
      throw answer;
    };
    const text = eventStream({ request: request(), isOpen: isOpenNow, follow }).text();
    await vi.advanceTimersByTimeAsync(120_000);
    vi.useRealTimers();
    expect(answers).toEqual([]);
    expect((await text).match(/still here/g)).toHaveLength(3);
  });

  test('breaks when its source does, so that the browser comes back', async () => {
    // biome-ignore lint/correctness/useYield: it fails before it has anything to say
    async function* follow(): AsyncGenerator<{ number: number }, void, void> {
      throw new Error('gone');
    }
    await expect(eventStream({ request: request(), isOpen, follow }).text()).rejects.toThrow('gone');
  });
});
