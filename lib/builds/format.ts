/**
 * Numbers, times and bytes in the words of the product: the log, the pages and the command line print them alike.
 * Free of I/O and of the locale, so the server and the browser agree on every character.
 */

/** Decimal units, three significant figures: `184 B`, `29.7 MB`, `2.66 GB`. */
export function formatBytes(sizeBytes: number): string {
  const unit = byteUnitOf(sizeBytes);
  return `${inUnit(sizeBytes, unit)} ${unit.name}`;
}

/** Two sizes in the unit of the second: `1.92 of 2.66 GB`. */
export function formatBytesOf(doneBytes: number, totalBytes: number): string {
  const unit = byteUnitOf(totalBytes);
  return `${inUnit(doneBytes, unit)} of ${inUnit(totalBytes, unit)} ${unit.name}`;
}

/** How much more or less than before, with its sign: `+3.20 MB`, `−12s`; `the same` where nothing is to be seen of it. */
export function formatDelta(delta: number, format: (amount: number) => string): string {
  const amount = format(Math.abs(delta));
  if (delta === 0 || amount === format(0)) return 'the same';
  return `${delta > 0 ? '+' : '−'}${amount}`;
}

/** `84.3 MB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** `0.4s`, `48s`, `1m 45s`, `2h 03m`: tenths below 10 s, the two largest units above a minute. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  const tenths = Math.round(ms / 100);
  if (tenths < 100) return `${(tenths / 10).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

/** Whole seconds, rounded up to a multiple of 5 above 30: `about 9s`, `about 45s`, `about 2m 05s`. */
export function formatTimeLeft(secondsLeft: number): string {
  const seconds = Math.max(1, Math.ceil(secondsLeft));
  const rounded = seconds > 30 ? Math.ceil(seconds / 5) * 5 : seconds;
  if (rounded < 60) return `about ${rounded}s`;
  return `about ${formatDuration(rounded * 1000)}`;
}

/** Whole percent, no space; never 100% before the end: `72%`. */
export function formatPercent(share: number): string {
  if (!(share > 0)) return '0%';
  return share >= 1 ? '100%' : `${Math.min(99, Math.round(share * 100))}%`;
}

/** `1,204`. */
export function formatCount(count: number): string {
  return String(Math.trunc(count)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 image`, `1,204 images`. */
export function formatCountOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** The first 12 hex digits, for tables and log lines: `9f2c41abc00d`. */
export function formatDigestShort(digest: string): string {
  return hexOf(digest).slice(0, 12);
}

/** `sha256:9f2c41ab…e816`, for facts; the whole digest belongs in `title` and Copy. */
export function formatDigest(digest: string): string {
  const hex = hexOf(digest);
  const algorithm = digest.slice(0, digest.length - hex.length);
  return hex.length <= 12 ? digest : `${algorithm}${hex.slice(0, 8)}…${hex.slice(-4)}`;
}

/**
 * `now` (under 10 s), `48s ago`, `19m ago`, `5h ago` (under 12 h), then `18:41` on the same day (under a day row),
 * `9 Nov`, `9 Nov 2025` in another year. Clock and calendar are those of `timeZone`, the viewer's when absent.
 */
export function formatAge(at: Date | string, now: Date, timeZone?: string): string {
  const then = new Date(at);
  const seconds = Math.max(0, Math.floor((now.getTime() - then.getTime()) / 1000));
  if (seconds < 10) return 'now';
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < agesInHoursBelowSeconds) return `${Math.floor(seconds / 3600)}h ago`;
  return formatDay(then, now, timeZone) === 'Today'
    ? formatClock(then, timeZone)
    : formatDate(then, now, timeZone);
}

/** The head of a day row: `Today`, `Yesterday`, `9 Nov`, `9 Nov 2025`. */
export function formatDay(at: Date | string, now: Date, timeZone?: string): string {
  const days = dayNumber(now, timeZone) - dayNumber(new Date(at), timeZone);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return formatDate(at, now, timeZone);
}

/** `9 Nov`, or `9 Nov 2025` when that is not this year. */
export function formatDate(at: Date | string, now: Date, timeZone?: string): string {
  const then = calendarOf(new Date(at), timeZone);
  const text = `${then.day} ${months[then.month - 1]}`;
  return then.year === calendarOf(now, timeZone).year ? text : `${text} ${then.year}`;
}

/** 24-hour clock: `18:41`. */
export function formatClock(at: Date | string, timeZone?: string): string {
  const { hour, minute } = calendarOf(new Date(at), timeZone);
  return `${pad(hour)}:${pad(minute)}`;
}

/** The time of a log line, to the tenth: `14:22:08.4`. */
export function formatLogTime(at: Date | string, timeZone?: string): string {
  const then = new Date(at);
  const { hour, minute, second } = calendarOf(then, timeZone);
  return `${pad(hour)}:${pad(minute)}:${pad(second)}.${Math.floor(then.getUTCMilliseconds() / 100)}`;
}

/** Exact time with its zone, for `title`: `9 Nov 2025, 18:41:07 GMT+1`. */
export function formatExactTime(at: Date | string, timeZone?: string): string {
  const then = new Date(at);
  const { year, month, day, hour, minute, second } = calendarOf(then, timeZone);
  const zone = new Intl.DateTimeFormat('en-GB', { ...zoneOf(timeZone), timeZoneName: 'shortOffset' })
    .formatToParts(then)
    .find((part) => part.type === 'timeZoneName')?.value;
  return `${day} ${months[month - 1]} ${year}, ${pad(hour)}:${pad(minute)}:${pad(second)} ${zone ?? 'UTC'}`;
}

/** Above this an age says less than a clock time: half a day. */
const agesInHoursBelowSeconds = 12 * 3600;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface ByteUnit {
  readonly name: string;
  readonly bytes: number;
}

const byteUnits: readonly ByteUnit[] = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'].map((name, power) => ({
  name,
  bytes: 1000 ** power,
}));

/** The largest unit in which the number, once rounded, is at least 1: 999,999 B is 1.00 MB, not 1000 kB. */
function byteUnitOf(sizeBytes: number): ByteUnit {
  const fitting = byteUnits.filter((unit) => unit.bytes === 1 || sizeBytes >= unit.bytes * 0.9995);
  return fitting.at(-1) ?? { name: 'B', bytes: 1 };
}

function inUnit(sizeBytes: number, unit: ByteUnit): string {
  const amount = Math.max(0, sizeBytes) / unit.bytes;
  if (unit.bytes === 1) return String(Math.round(amount));
  if (amount === 0) return '0';
  // Rounding decides how many figures stand before the point: 99.96 is 100, not 100.0.
  if (amount < 9.995) return amount.toFixed(2);
  return amount < 99.95 ? amount.toFixed(1) : amount.toFixed(0);
}

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}

interface Calendar {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

function calendarOf(at: Date, timeZone: string | undefined): Calendar {
  const parts = formatterOf(timeZone).formatToParts(at);
  const numberOf = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value ?? 0);
  return {
    year: numberOf('year'),
    month: numberOf('month'),
    day: numberOf('day'),
    hour: numberOf('hour'),
    minute: numberOf('minute'),
    second: numberOf('second'),
  };
}

/** Making a formatter costs a thousand times more than using it, and a log asks for one on every line. */
const formatters = new Map<string | undefined, Intl.DateTimeFormat>();

function formatterOf(timeZone: string | undefined): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      ...zoneOf(timeZone),
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

function zoneOf(timeZone: string | undefined): Intl.DateTimeFormatOptions {
  return timeZone === undefined ? {} : { timeZone };
}

/** Days since the epoch of the calendar day on which `at` falls. */
function dayNumber(at: Date, timeZone: string | undefined): number {
  const { year, month, day } = calendarOf(at, timeZone);
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
