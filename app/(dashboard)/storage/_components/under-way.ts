import type { CollectionRow } from '#lib/store/types.ts';

export function isUnderWay(row: CollectionRow | null): boolean {
  return row?.state === 'queued' || row?.state === 'running';
}
