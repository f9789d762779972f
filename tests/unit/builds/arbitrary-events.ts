import fc from 'fast-check';
import { type BuildEvent, layerStateSchema, type NumberedEvent, stageNames } from '#lib/builds/schema.ts';
import { checkNames } from '#lib/preflight/schema.ts';

const stage = fc.constantFrom(...stageNames);
const layerState = fc.constantFrom(...layerStateSchema.options);

const layer = fc.record({
  index: fc.nat(5),
  digest: fc.constant(`sha256:${'a'.repeat(64)}`),
  mediaType: fc.constant('application/vnd.oci.image.layer.v1.tar+gzip'),
  sizeBytes: fc.nat(),
  state: layerState,
  doneBytes: fc.nat(),
});

const arbitraryEvent: fc.Arbitrary<BuildEvent> = fc.oneof(
  fc.record({
    kind: fc.constant('state' as const),
    state: fc.constantFrom(
      'queued' as const,
      'running' as const,
      'succeeded' as const,
      'failed' as const,
      'cancelled' as const,
    ),
    attempt: fc.nat(3),
  }),
  fc.record({
    kind: fc.constant('stage' as const),
    stage,
    state: fc.constantFrom('running' as const, 'done' as const, 'failed' as const, 'skipped' as const),
  }),
  fc.record({
    kind: fc.constant('facts' as const),
    facts: fc.record({ layerCount: fc.nat(), pullMs: fc.nat() }, { requiredKeys: [] }),
  }),
  fc.record({ kind: fc.constant('layers' as const), layers: fc.array(layer, { maxLength: 6 }) }),
  fc.record({
    kind: fc.constant('progress' as const),
    layers: fc.array(fc.record({ index: fc.nat(5), state: layerState, doneBytes: fc.nat() }), {
      maxLength: 6,
    }),
    bytesPerSecond: fc.nat(),
  }),
  fc.record({
    kind: fc.constant('preflight' as const),
    checks: fc.array(
      fc.record({
        name: fc.constantFrom(...checkNames),
        state: fc.constantFrom('passed' as const, 'failed' as const, 'skipped' as const),
        detail: fc.string(),
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    kind: fc.constant('log' as const),
    stage,
    level: fc.constantFrom('info' as const, 'warn' as const, 'error' as const),
    text: fc
      .array(fc.string({ unit: fc.constantFrom('a', 'é', ' ') }), { minLength: 1, maxLength: 4 })
      .map((lines) => lines.join('\n')),
  }),
);

/** A stream with the holes that coalesced progress leaves. */
export const arbitraryStream: fc.Arbitrary<NumberedEvent[]> = fc
  .array(fc.tuple(arbitraryEvent, fc.integer({ min: 1, max: 3 })), { maxLength: 40 })
  .map((steps) => {
    let number = 0;
    return steps.map(([event, step]) => {
      number += step;
      return { number, at: new Date(1_700_000_000_000 + number * 1000).toISOString(), event };
    });
  });
