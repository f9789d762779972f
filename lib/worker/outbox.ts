import { type BuildEvent, logChunkBytesMax } from '#lib/builds/schema.ts';
import { cleanEvent } from './clean-texts.ts';

/** Longest that an event waits for others before it is sent. */
const gatherMs = 50;
/** Text that may wait for the worker before whoever writes more has to wait too. */
const waitingBytesMax = 1024 * 1024;

export interface OutboxOptions {
  /** Resolves when the batch is stored. One batch is under way at a time. */
  readonly send: (events: readonly BuildEvent[]) => Promise<void>;
  /** Applied to every text of every event, before it waits. */
  readonly clean: (text: string) => string;
}

/**
 * Gathers what a build says into batches. While one batch is being stored the next one grows, with lines joined and
 * progress replaced, so a slow database makes batches larger and never a queue longer.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #waiting: BuildEvent[] = [];
  #waitingBytes = 0;
  #sentAt = -Infinity;
  #isSending = false;
  #timer: NodeJS.Timeout | null = null;
  #failure: unknown;
  #emptied = Promise.withResolvers<void>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Takes an event. Writers of much text await it: it resolves when there is room for more. */
  async add(event: BuildEvent): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const cleaned = cleanEvent(event, this.#options.clean);
    for (const part of splitLog(cleaned)) this.#gather(part);
    this.#schedule();
    while (this.#waitingBytes > waitingBytesMax) {
      await this.#emptied.promise;
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  /** Resolves when all that was added is stored. */
  async flush(): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (!this.#isSending && this.#waiting.length === 0) return;
      this.#sendNow();
      await this.#emptied.promise;
    }
  }

  #gather(event: BuildEvent): void {
    const last = this.#waiting.at(-1);
    if (event.kind === 'log') this.#waitingBytes += Buffer.byteLength(event.text) + 1;
    const joined = last === undefined ? undefined : join(last, event);
    if (joined === undefined) this.#waiting.push(event);
    else this.#waiting[this.#waiting.length - 1] = joined;
  }

  #schedule(): void {
    if (this.#isSending || this.#timer !== null) return;
    const waitMs = Math.max(0, this.#sentAt + gatherMs - performance.now());
    this.#timer = setTimeout(() => this.#sendNow(), waitMs);
  }

  #sendNow(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#isSending && this.#waiting.length > 0) void this.#send();
  }

  async #send(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#isSending = true;
    this.#sentAt = performance.now();
    try {
      await this.#options.send(batch);
    } catch (error) {
      this.#failure = error;
    }
    this.#isSending = false;
    this.#emptied.resolve();
    this.#emptied = Promise.withResolvers<void>();
    if (this.#waiting.length > 0 && this.#failure === undefined) this.#schedule();
  }
}

/** The two as one event, where readers lose nothing by it. */
function join(last: BuildEvent, next: BuildEvent): BuildEvent | undefined {
  if (last.kind === 'progress' && next.kind === 'progress') return next;
  if (last.kind !== 'log' || next.kind !== 'log') return undefined;
  if (last.stage !== next.stage || last.level !== next.level) return undefined;
  if (Buffer.byteLength(last.text) + 1 + Buffer.byteLength(next.text) > logChunkBytesMax) return undefined;
  return { ...last, text: `${last.text}\n${next.text}` };
}

/** A log event as parts of at most `logChunkBytesMax`, cut between lines, and within a line only if it is longer. */
export function splitLog(event: BuildEvent): BuildEvent[] {
  if (event.kind !== 'log' || Buffer.byteLength(event.text) <= logChunkBytesMax) return [event];
  const parts: string[] = [];
  let part: string[] = [];
  let bytes = 0;
  for (const line of event.text.split('\n').flatMap(cutLine)) {
    const lineBytes = Buffer.byteLength(line) + 1;
    if (part.length > 0 && bytes + lineBytes > logChunkBytesMax) {
      parts.push(part.join('\n'));
      part = [];
      bytes = 0;
    }
    part.push(line);
    bytes += lineBytes;
  }
  parts.push(part.join('\n'));
  return parts.map((text) => ({ ...event, text }));
}

/** No character is cut: a code unit takes at most three bytes, and pairs stay together. */
function cutLine(line: string): string[] {
  if (Buffer.byteLength(line) < logChunkBytesMax) return [line];
  const unitsMax = Math.floor((logChunkBytesMax - 1) / 3);
  const cuts: string[] = [];
  for (let start = 0; start < line.length; ) {
    let end = Math.min(line.length, start + unitsMax);
    if (end < line.length && /[\ud800-\udbff]/.test(line.charAt(end - 1))) end -= 1;
    cuts.push(line.slice(start, end));
    start = end;
  }
  return cuts;
}
