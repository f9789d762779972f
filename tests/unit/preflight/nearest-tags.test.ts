import { describe, expect, it } from 'vitest';
import { nearestTags } from '#lib/preflight/nearest-tags.ts';

describe('tags nearest to one that does not exist', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['ltest', ['latest', 'edge', '1.0'], ['latest']],
    ['lateset', ['edge', 'latest'], ['latest']],
    ['1.4.3', ['2.4.3', '1.5.0', '1.4.9', '1.4.2'], ['1.4.2', '1.4.9', '1.5.0']],
    ['v1.4.2', ['1.4.2', 'v1.4.1'], ['1.4.2', 'v1.4.1']],
    ['3.12-slm', ['3.12-slim', '3.12', '3.11-slim', 'slim'], ['3.12-slim', '3.11-slim', '3.12']],
    [
      '0.6.3-cu12',
      ['0.6.3-cu121', '0.6.3-cu124', '0.6.2-cu12', 'latest'],
      ['0.6.3-cu121', '0.6.3-cu124', '0.6.2-cu12'],
    ],
    ['latest', ['1.0', 'Latest'], ['Latest']],
    ['Release-7', ['release-7', 'release-8', 'nightly'], ['release-7', 'release-8']],
    ['bookwrom', ['bookworm', 'bullseye', 'trixie'], ['bookworm']],
    ['2026-11-25', ['2026-11-24', '2026-10-25', '2025-11-25'], ['2026-11-24', '2026-10-25', '2025-11-25']],
  ])('%s among %j are %j', (wanted, tags, expected) => {
    expect(nearestTags({ wanted, tags, countMax: 3 })).toEqual({ kind: 'near', tags: expected });
  });

  it.each<[readonly string[], readonly string[]]>([
    [
      ['1.9', '1.10', '1.10-rc1', '1.2'],
      ['1.10', '1.10-rc1', '1.9'],
    ],
    [
      ['edge', 'nightly'],
      ['nightly', 'edge'],
    ],
    [
      ['1.0', 'latest', '2.0'],
      ['latest', '2.0', '1.0'],
    ],
    [[], []],
  ])('are the newest of %j where none is alike', (tags, expected) => {
    expect(nearestTags({ wanted: 'production', tags, countMax: 3 })).toEqual({
      kind: 'newest',
      tags: expected,
    });
  });

  it('are images, not what cosign keeps beside them', () => {
    const tags = [`sha256-${'a'.repeat(64)}.sig`, `sha256-${'b'.repeat(64)}`, 'sha256-short'];
    expect(nearestTags({ wanted: 'sha256', tags, countMax: 3 }).tags).toEqual(['sha256-short']);
  });
});
