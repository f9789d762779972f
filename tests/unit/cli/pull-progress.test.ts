import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlainProgress, createTerminalProgress, renderProgress } from '#lib/cli/pull-progress.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import type { LayerProgress, ProgressEvent } from '#lib/pull/events.ts';
import type { PullPlan } from '#lib/pull/plan.ts';

const oci = 'application/vnd.oci.image';
const layerBytes = 29_700_000;

function planOf(layerCount: number): PullPlan {
  const descriptors = Array.from({ length: layerCount }, (_, index) => ({
    mediaType: `${oci}.layer.v1.tar+gzip`,
    digest: digestOf(Buffer.from(String(index))),
    size: layerBytes,
  }));
  const config = { mediaType: `${oci}.config.v1+json`, digest: digestOf(Buffer.from('c')), size: 1 };
  const json = { schemaVersion: 2, mediaType: `${oci}.manifest.v1+json`, config, layers: descriptors };
  const manifest = parseManifest({ bytes: Buffer.from(JSON.stringify(json)), mediaType: json.mediaType });
  if (manifest.kind !== 'image') throw new Error('not an image');
  return {
    image: { manifest, config: Buffer.alloc(1), platform: { os: 'linux', architecture: 'amd64' } },
    blobs: manifest.layers.map((descriptor, index) => ({
      ...{ descriptor, index, doneBytes: 0, isGranted: false },
      state: 'missing' as const,
    })),
    totalBytes: layerCount * layerBytes,
    toFetchBytes: layerCount * layerBytes,
  };
}

const states = ['waiting', 'fetching', 'verifying', 'verified', 'reused', 'failed'] as const;
const event = (
  layers: readonly Omit<LayerProgress, 'index'>[],
  more: Partial<ProgressEvent> = {},
): ProgressEvent => ({
  kind: 'progress',
  layers: layers.map((layer, index) => ({ index, ...layer })),
  bytesPerSecond: 0,
  ...more,
});

describe('a frame of the display', () => {
  const two = event(
    [
      { state: 'verified', doneBytes: layerBytes },
      { state: 'fetching', doneBytes: 12_300_000 },
    ],
    { bytesPerSecond: 84_300_000, secondsLeft: 8.2 },
  );

  it.each([
    [
      100,
      [
        '  1 5feceb66ffc8 verified               29.7 MB  ━━━━━━━━━━━━━━━━━━━━━━━━',
        '  2 6b86b273ff34 fetching       12.3 of 29.7 MB  ━━━━━━━━━···············',
      ],
    ],
    [
      60,
      ['  1 5feceb66ffc8 verified               29.7 MB', '  2 6b86b273ff34 fetching       12.3 of 29.7 MB'],
    ],
    [40, ['  1 verified  29.7 MB', '  2 fetching  12.3 of 29.7 MB']],
  ])('has one line a layer in %i columns', (columns, lines) => {
    const summary = '71%, 42.0 of 59.4 MB, 84.3 MB/s, about 9s left';
    const frame = renderProgress({ plan: planOf(2), event: two, columns, rows: 24 });
    expect(frame).toEqual([...lines, summary.slice(0, columns - 1)]);
  });

  it('says no time where none is known, and no speed where nothing moves', () => {
    const [, slow] = renderProgress({
      plan: planOf(1),
      event: event([{ state: 'fetching', doneBytes: 0 }]),
      columns: 80,
      rows: 24,
    });
    expect(slow).toBe('0%, 0 of 29.7 MB, 0 B/s');
    const [, done] = renderProgress({
      plan: planOf(1),
      event: event([{ state: 'reused', doneBytes: layerBytes }]),
      columns: 80,
      rows: 24,
    });
    expect(done).toBe('100%, 29.7 of 29.7 MB');
  });

  it('never wraps and never scrolls, whatever the terminal and the image', () => {
    const layers = fc.array(
      fc.record({ state: fc.constantFrom(...states), doneBytes: fc.integer({ min: 0, max: layerBytes }) }),
      { minLength: 1, maxLength: 130 },
    );
    fc.assert(
      fc.property(
        layers,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 4, max: 60 }),
        (all, columns, rows) => {
          const frame = renderProgress({ plan: planOf(all.length), event: event(all), columns, rows });
          expect(frame.length).toBeLessThan(rows);
          for (const line of frame) expect(line.length).toBeLessThanOrEqual(Math.max(1, columns - 1));
          const isTelling = all.some(({ state }) => state === 'fetching' || state === 'failed');
          // Where not all fit, what fails or moves is what stays.
          if (isTelling && columns > 30)
            expect(frame.some((line) => /fetching|failed/.test(line))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a terminal', () => {
  it('shows the newest frame in the place of the one before, also when that was longer', () => {
    const screen = new Screen();
    const progress = createTerminalProgress({ plan: planOf(3), terminal: screen });
    screen.write('before\n');
    const waiting = { state: 'waiting', doneBytes: 0 } as const;
    progress.event(event([waiting, waiting, waiting]));
    expect(screen.lines()).toHaveLength(5);
    screen.rows = 5;
    progress.event(event([{ state: 'failed', doneBytes: 0 }, waiting, waiting]));
    progress.end();
    screen.write('after\n');
    expect(screen.lines()).toEqual([
      'before',
      expect.stringContaining('failed'),
      expect.stringContaining('waiting'),
      'and 1 layer more',
      '0%, 0 of 89.1 MB',
      'after',
    ]);
  });
});

describe('a pipe', () => {
  it('gets a line for each layer, and how far it is at most every five seconds', () => {
    let nowMs = 0;
    const lines: string[] = [];
    const progress = createPlainProgress({
      plan: planOf(2),
      say: (line) => lines.push(line),
      now: () => nowMs,
    });
    for (; nowMs <= 11_000; nowMs += 100) progress.event(event([{ state: 'fetching', doneBytes: nowMs }]));
    progress.event({
      ...{ kind: 'layer', index: 1, digest: digestOf(Buffer.from('1')), sizeBytes: layerBytes },
      ...{ state: 'verified', fetchedBytes: 25_000_000, resumedBytes: 4_700_000 },
    });
    expect(lines).toEqual([
      '0%, 0.01 of 59.4 MB, 0 B/s',
      '0%, 0.01 of 59.4 MB, 0 B/s',
      'Layer 2 of 2 verified: 6b86b273ff34, 29.7 MB, 4.70 MB of it from an earlier try',
    ]);
    expect(lines.join('')).not.toContain('\u001b');
  });
});

/** As much of a terminal as the display uses: lines, a cursor that moves up, and clearing (ECMA-48: CUU, EL, ED). */
class Screen extends Writable {
  readonly columns = 80;
  rows = 24;
  #grid: string[] = [''];
  #row = 0;

  lines(): readonly string[] {
    return this.#grid.slice(0, this.#row);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const text = chunk.toString().replaceAll('\u001b[', '⎋');
    for (const [part] of text.matchAll(/⎋(?:\d+A|K|J)|\r|\n|[^⎋\r\n]+/g)) this.#take(part);
    done();
  }

  #take(part: string): void {
    const up = /^⎋(\d+)A$/.exec(part)?.[1];
    if (up !== undefined) this.#row -= Number(up);
    else if (part === '⎋J') this.#grid.length = this.#row;
    else if (part === '\n') this.#row += 1;
    else if (!part.startsWith('⎋') && part !== '\r') this.#grid[this.#row] = part;
  }
}
