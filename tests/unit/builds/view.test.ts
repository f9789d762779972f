import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BuildEvent, NumberedEvent } from '#lib/builds/schema.ts';
import { countLines, emptyView, foldEvents } from '#lib/builds/view.ts';
import { arbitraryStream } from './arbitrary-events.ts';

const started: BuildEvent[] = [
  { kind: 'state', state: 'queued', attempt: 0 },
  { kind: 'state', state: 'running', attempt: 1 },
];
const layers: BuildEvent = {
  kind: 'layers',
  layers: [0, 1].map((index) => ({
    index,
    digest: `sha256:${String(index).repeat(64)}`,
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    sizeBytes: 100,
    state: 'waiting',
    doneBytes: 0,
  })),
};

function viewOf(...events: BuildEvent[]) {
  return foldEvents(emptyView, numbered(events));
}

function numbered(events: readonly BuildEvent[]): NumberedEvent[] {
  return events.map((event, position) => ({
    number: position + 1,
    at: new Date(1_700_000_000_000 + position * 1000).toISOString(),
    event,
  }));
}

const stageStates = (view: ReturnType<typeof viewOf>) => view.stages.map(({ state }) => state);

describe('a view', () => {
  test('of any stream is that of its beginning, followed by the rest', () => {
    fc.assert(
      fc.property(arbitraryStream, fc.nat(40), (stream, cut) => {
        const begun = foldEvents(emptyView, stream.slice(0, cut));
        expect(foldEvents(begun, stream.slice(cut))).toEqual(foldEvents(emptyView, stream));
      }),
    );
  });

  test('shows nothing twice when a stream is joined before its end', () => {
    fc.assert(
      fc.property(arbitraryStream, fc.nat(40), (stream, cut) => {
        const whole = foldEvents(emptyView, stream);
        expect(foldEvents(whole, stream.slice(cut))).toEqual(whole);
      }),
    );
  });

  test('survives JSON at any point', () => {
    fc.assert(
      fc.property(arbitraryStream, fc.nat(40), (stream, cut) => {
        const begun = JSON.parse(JSON.stringify(foldEvents(emptyView, stream.slice(0, cut))));
        expect(foldEvents(begun, stream.slice(cut))).toEqual(foldEvents(emptyView, stream));
      }),
    );
  });

  test('made of line counts equals one made of lines', () => {
    fc.assert(
      fc.property(arbitraryStream, (stream) => {
        let line = 1;
        const counted = stream.map((entry) => {
          if (entry.event.kind !== 'log') return entry;
          const lines = {
            stage: entry.event.stage,
            firstLine: line,
            lineCount: countLines(entry.event.text),
          };
          line += lines.lineCount;
          return { number: entry.number, lines };
        });
        expect(foldEvents(emptyView, counted)).toEqual(foldEvents(emptyView, stream));
      }),
    );
  });

  test('says of the newest attempt alone that its image came out of the store', () => {
    const served: BuildEvent = { kind: 'facts', facts: { layerCount: 2, served: { why: 'registry_down' } } };
    expect(viewOf(...started, served).facts.served).toEqual({ why: 'registry_down' });
    const again = viewOf(...started, served, { kind: 'state', state: 'running', attempt: 2 });
    expect(again.facts).toEqual({ layerCount: 2 });
  });

  test('never changes the view it began with', () => {
    const before = JSON.stringify(emptyView);
    viewOf(...started, layers, { kind: 'log', stage: 'pull', level: 'info', text: 'a' });
    expect(JSON.stringify(emptyView)).toBe(before);
  });
});

describe('stages', () => {
  test('after a failure, what was under way failed and what comes later is not reached', () => {
    const view = viewOf(
      ...started,
      { kind: 'stage', stage: 'authenticate', state: 'running' },
      { kind: 'stage', stage: 'authenticate', state: 'done' },
      { kind: 'stage', stage: 'resolve', state: 'running' },
      { kind: 'state', state: 'failed', attempt: 1 },
    );
    expect(stageStates(view)).toEqual([
      'done',
      'failed',
      'not_reached',
      'not_reached',
      'not_reached',
      'not_reached',
    ]);
  });

  test('a cancelled stage did not fail', () => {
    const view = viewOf(
      ...started,
      { kind: 'stage', stage: 'authenticate', state: 'running' },
      { kind: 'state', state: 'cancelled', attempt: 1, cause: 'Cancelled by Ines' },
    );
    expect(view.stages[0]).toMatchObject({ state: 'skipped', detail: 'Cancelled' });
    expect(view.cause).toBe('Cancelled by Ines');
  });

  test('steps that do not exist stay skipped at the end', () => {
    const view = viewOf(
      ...started,
      { kind: 'stage', stage: 'steps', state: 'skipped' },
      { kind: 'state', state: 'succeeded', attempt: 1 },
    );
    expect(view.stages.find(({ name }) => name === 'steps')?.state).toBe('skipped');
  });

  test('a new attempt begins anew, and keeps the first start and the whole log', () => {
    const view = viewOf(
      ...started,
      { kind: 'stage', stage: 'authenticate', state: 'running' },
      { kind: 'log', stage: 'authenticate', level: 'info', text: 'one\ntwo' },
      { kind: 'state', state: 'queued', attempt: 1, cause: 'The worker was lost' },
      { kind: 'state', state: 'running', attempt: 2 },
      { kind: 'log', stage: 'authenticate', level: 'info', text: 'three' },
    );
    expect(view.startedAt).toBe(new Date(1_700_000_001_000).toISOString());
    expect(view.stages[0]).toMatchObject({ state: 'waiting', firstLine: 3, lineCount: 1 });
    expect(view.logGroups).toEqual([
      { stage: 'authenticate', attempt: 1, firstLine: 1, lineCount: 2 },
      { stage: 'authenticate', attempt: 2, firstLine: 3, lineCount: 1 },
    ]);
  });
});

describe('layers', () => {
  test('progress changes the layers it names', () => {
    const view = viewOf(...started, layers, {
      kind: 'progress',
      layers: [{ index: 1, state: 'fetching', doneBytes: 40 }],
      bytesPerSecond: 10,
      secondsLeft: 16,
    });
    expect(view.layers.map(({ state, doneBytes }) => [state, doneBytes])).toEqual([
      ['waiting', 0],
      ['fetching', 40],
    ]);
    expect([view.bytesPerSecond, view.secondsLeft]).toEqual([10, 16]);
  });

  test('a layer on its way when the build ends rests with its bytes, and nothing moves any more', () => {
    const view = viewOf(
      ...started,
      layers,
      { kind: 'progress', layers: [{ index: 1, state: 'fetching', doneBytes: 40 }], bytesPerSecond: 10 },
      { kind: 'state', state: 'cancelled', attempt: 1 },
    );
    expect(view.layers[1]).toMatchObject({ state: 'waiting', doneBytes: 40 });
    expect(view.bytesPerSecond).toBe(0);
  });
});

test.each([
  ['', 1],
  ['a', 1],
  ['a\nb', 2],
  ['\n', 2],
  ['a\n\nb', 3],
])('%j holds %d lines', (text, count) => expect(countLines(text)).toBe(count));
