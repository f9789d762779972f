/**
 * How long to wait before trying a lost connection again: half a second, doubled with each failure up to ten seconds,
 * spread over its upper half so that a server that comes back is not met by all browsers at once.
 */
export function retryDelayMs(failures: number, random: () => number = Math.random): number {
  const fullMs = Math.min(delayMaxMs, delayFirstMs * 2 ** Math.max(0, failures - 1));
  return Math.round(fullMs * (0.5 + random() / 2));
}

const delayFirstMs = 500;
const delayMaxMs = 10_000;
