import { formatDate, formatDay } from '#lib/builds/format.ts';
import type { BuildRow } from '#lib/builds/types.ts';

export interface DayGroup {
  /** The date, which tells groups apart. */
  readonly key: string;
  /** `Today`, `Yesterday`, or null where the date says it all. */
  readonly name: string | null;
  readonly date: string;
  readonly rows: readonly BuildRow[];
  /** False where older builds of the same day may not be loaded yet, so that their number is not known. */
  readonly isWhole: boolean;
}

/** Rows by the calendar day, in the viewer's zone, on which their build was asked for. */
export function groupByDay(
  rows: readonly BuildRow[],
  options: { readonly now: Date; readonly timeZone?: string | undefined; readonly hasOlder: boolean },
): readonly DayGroup[] {
  const { now, timeZone, hasOlder } = options;
  const groups = new Map<string, BuildRow[]>();
  for (const row of rows) {
    const date = formatDate(row.createdAt, now, timeZone);
    const group = groups.get(date);
    if (group === undefined) groups.set(date, [row]);
    else group.push(row);
  }
  return [...groups].map(([date, group], index) => {
    const name = formatDay(group[0]?.createdAt ?? now, now, timeZone);
    return {
      key: date,
      name: name === date ? null : name,
      date,
      rows: group,
      isWhole: !hasOlder || index < groups.size - 1,
    };
  });
}
