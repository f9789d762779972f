import { expect, it } from 'vitest';
import type { Digest } from '#lib/oci/digest.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import type { KnownImage } from '#lib/store/collect-plan.ts';
import { describeSharing, type WorkspaceUse } from '#lib/store/sharing.ts';

const named = (name: string): Digest => digestOf(Buffer.from(name));

function image(name: string, layers: Readonly<Record<string, number>>): KnownImage {
  return {
    digest: named(name),
    usedAt: new Date(0),
    isHeld: false,
    isCondemned: false,
    blobs: [
      { digest: named(name), kind: 'manifest', position: 0, sizeBytes: 1 },
      ...Object.entries(layers).map(([layer, sizeBytes], position) => ({
        digest: named(layer),
        kind: 'layer' as const,
        ...{ position, sizeBytes },
      })),
    ],
  };
}

const use = (imageName: string, reference: string, facts: Partial<WorkspaceUse> = {}): WorkspaceUse => ({
  imageDigest: named(imageName),
  reference,
  usedAt: new Date(1000),
  ...{ buildNumber: 1, made: null, builds: 1, fetchedBytes: 0, reusedBytes: 0 },
  ...facts,
});

const images = [
  image('app', { base: 100, 'app top': 50 }),
  image('tool', { 'tool top': 7, base: 100 }),
  // Of another workspace: it has the same base.
  image('theirs', { base: 100, 'app top': 50, 'their top': 9 }),
];

it('counts what images of the workspace share, and nothing that only others have', () => {
  const { rows, sharing } = describeSharing({
    images,
    uses: [
      use('app', 'r.test:5000/team/app:2', { builds: 3, fetchedBytes: 10, reusedBytes: 300, buildNumber: 9 }),
      use('app', 'r.test:5000/team/app:1'),
      use('tool', 'r.test:5000/team/tool@sha256:00', { fetchedBytes: 107 }),
      use('gone', 'r.test:5000/team/gone:1', { builds: 50 }),
    ],
    due: new Map([[named('tool'), 'age']]),
  });
  expect(rows).toEqual([
    {
      digest: named('app'),
      reference: 'r.test:5000/team/app:2',
      otherReferences: 1,
      buildNumber: 9,
      made: null,
      usedAt: new Date(1000).toISOString(),
      sizeBytes: 151,
      ownBytes: 51,
      layers: [
        { digest: named('base'), sizeBytes: 100, images: 2 },
        { digest: named('app top'), sizeBytes: 50, images: 1 },
      ],
      isHeld: false,
      due: null,
    },
    expect.objectContaining({ digest: named('tool'), sizeBytes: 108, ownBytes: 8, due: 'age' }),
  ]);
  expect(sharing).toEqual({
    images: 2,
    repositories: 2,
    apartBytes: 259,
    storedBytes: 159,
    builds: 5,
    fetchedBytes: 117,
    reusedBytes: 300,
  });
});

it('of nothing is nothing', () => {
  const { rows, sharing } = describeSharing({ images, uses: [], due: new Map() });
  expect(rows).toEqual([]);
  expect(sharing).toMatchObject({ images: 0, apartBytes: 0, storedBytes: 0, repositories: 0 });
});
