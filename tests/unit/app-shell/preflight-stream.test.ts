import { afterEach, describe, expect, it, vi } from 'vitest';
import { followPreflight } from '#app/(dashboard)/_components/preflight-stream.ts';
import type { PreflightView } from '#lib/preflight/schema.ts';

afterEach(() => vi.unstubAllGlobals());

const running: PreflightView = { state: 'running', checks: [{ name: 'dns', state: 'running', detail: '' }] };
const ended: PreflightView = { state: 'ended', checks: [{ name: 'dns', state: 'passed', detail: 'ä' }] };
const frame = (view: object) => `data: ${JSON.stringify(view)}\n\n`;

/** The platform's own fetch answers with these pieces of bytes; after them the stream ends, breaks, or stays open. */
function answerWith(
  pieces: readonly Uint8Array[],
  end: 'close' | 'break' | 'stay' = 'close',
): { readonly isCancelled: () => boolean } {
  let isCancelled = false;
  const left = [...pieces];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = left.shift();
      if (piece !== undefined) controller.enqueue(piece);
      else if (end === 'close') controller.close();
      else if (end === 'break') controller.error(new TypeError('network error'));
    },
    cancel() {
      isCancelled = true;
    },
  });
  vi.stubGlobal('fetch', async () => new Response(body));
  return { isCancelled: () => isCancelled };
}

async function follow(signal = new AbortController().signal) {
  const views: PreflightView[] = [];
  const end = await followPreflight({
    request: { reference: 'python' },
    signal,
    onView: (view) => views.push(view),
  });
  return { end, views };
}

describe('following a preflight', () => {
  it('hands over each view, wherever the bytes are cut, and nothing else', async () => {
    const text = `retry: 1000\n\n: still here\n\n${frame(running)}${frame({ other: 1 })}${frame(ended)}event: end\ndata: {}\n\n`;
    const bytes = new TextEncoder().encode(text);
    for (const length of [1, 7, 64, bytes.length]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
        bytes.slice(index * length, (index + 1) * length),
      );
      answerWith(pieces);
      expect(await follow()).toEqual({ end: { kind: 'ended' }, views: [running, ended] });
    }
  });

  it.each(['close', 'break'] as const)('is lost when the stream ends before the checks: %s', async (how) => {
    answerWith([new TextEncoder().encode(frame(running))], how);
    expect(await follow()).toEqual({ end: { kind: 'lost' }, views: [running] });
  });

  it('has ended when the connection breaks after the end', async () => {
    answerWith([new TextEncoder().encode(frame(ended))], 'break');
    expect((await follow()).end).toEqual({ kind: 'ended' });
  });

  it('is lost when no server answers, or none of ours', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('fetch failed');
    });
    expect((await follow()).end).toEqual({ kind: 'lost' });
    vi.stubGlobal('fetch', async () => new Response('<h1>502</h1>', { status: 502 }));
    expect((await follow()).end).toEqual({ kind: 'lost' });
  });

  it('hands on why the server made no check', async () => {
    const error = {
      code: 'preflight_rate',
      kind: 'rate_limited',
      isRetryable: true,
      what: 'Too many checks',
      why: 'Enough for a minute.',
      next: 'Wait.',
    };
    vi.stubGlobal('fetch', async () => Response.json({ error }, { status: 429 }));
    expect((await follow()).end).toEqual({ kind: 'refused', report: error });
  });

  it('does not keep what has no end', async () => {
    const endless = answerWith(
      Array.from({ length: 40 }, () => new Uint8Array(65_536).fill(97)),
      'stay',
    );
    expect((await follow()).end).toEqual({ kind: 'lost' });
    expect(endless.isCancelled()).toBe(true);
  });

  it('throws when it is told to stop', async () => {
    const stop = new AbortController();
    vi.stubGlobal('fetch', async (_: string, { signal }: RequestInit) => {
      stop.abort();
      signal?.throwIfAborted();
    });
    await expect(follow(stop.signal)).rejects.toThrow(/abort/i);
  });
});
