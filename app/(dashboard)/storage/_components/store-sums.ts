import type { StoreFacts } from '#lib/store/types.ts';

/** What counts for the size limit. */
export function storedBytesOf(facts: StoreFacts): number {
  return facts.layerBytes + facts.documentBytes + facts.looseBytes + facts.partialBytes;
}

/** A pull of a large image would not fit, and the database may live on the same disk. */
export function isDiskLow({ diskBytes, freeBytes }: StoreFacts): boolean {
  return freeBytes < diskBytes * lowShare;
}

const lowShare = 0.05;
