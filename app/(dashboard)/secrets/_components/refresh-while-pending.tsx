'use client';

import { useRefreshWhile } from '../../_components/use-refresh-while.ts';

/** Reads the page anew until the check of a version has ended. Shows nothing itself. */
export function RefreshWhilePending({ isPending }: { isPending: boolean }) {
  useRefreshWhile(isPending, waitMs);
  return null;
}

/** A worker answers within a second or two: often at first, then rarely. */
function waitMs(times: number): number {
  return times < quickTimes ? 400 : 4_000;
}

const quickTimes = 25;
