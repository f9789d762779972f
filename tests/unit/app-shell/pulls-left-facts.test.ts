import { describe, expect, it } from 'vitest';
import {
  currentPulls,
  isRunningLow,
  pullsLabel,
  shareOf,
  windowText,
} from '#app/(dashboard)/_components/pulls-left-facts.ts';
import type { PullAllowance } from '#lib/secrets/types.ts';

const now = new Date('2026-11-26T12:00:00Z');
const hub: PullAllowance = {
  registry: 'docker.io',
  secretId: 'a',
  limit: 100,
  remaining: 63,
  windowSeconds: 21_600,
  seenAt: '2026-11-26T11:00:00Z',
};
const secrets = [{ id: 'a', name: 'hub-pull' }];
const shown = (allowances: readonly PullAllowance[]) => currentPulls({ allowances, secrets, now });

describe('the pulls that are left', () => {
  it('are named by secret and registry, the scarcest first', () => {
    const other = { ...hub, registry: 'hub.halden.test', secretId: null, remaining: 10, limit: 200 };
    expect(shown([hub, other])).toMatchObject([
      { registryName: 'hub.halden.test', secretName: null },
      { registryName: 'Docker Hub', secretName: 'hub-pull' },
    ]);
    expect(pullsLabel({ ...hub, registryName: 'Docker Hub' })).toBe('63 of 100 Docker Hub pulls left');
  });

  it.each([
    ['seen longer ago than the window', { seenAt: '2026-11-26T05:59:59Z' }],
    [
      'seen longer ago than six hours, without a window',
      { seenAt: '2026-11-26T05:59:59Z', windowSeconds: null },
    ],
    ['of a secret that is gone', { secretId: 'b' }],
    ['of a registry that allows none', { limit: 0, remaining: 0 }],
  ])('are not told when they were %s', (_, change) => {
    expect(shown([{ ...hub, ...change }])).toEqual([]);
  });

  it.each([
    [0, 100, true],
    [9, 100, true],
    [10, 100, false],
    [200, 100, false],
  ])('%d of %d run low: %s', (remaining, limit, isLow) => {
    expect(isRunningLow({ remaining, limit })).toBe(isLow);
    expect(shareOf({ remaining, limit })).toBeLessThanOrEqual(1);
  });

  it.each([
    [21_600, '6h'],
    [5_400, '1h 30m'],
    [60, '1m'],
    [null, undefined],
  ])('over %s seconds are counted %s', (windowSeconds, text) => {
    expect(windowText({ windowSeconds })).toBe(text);
  });
});
