/**
 * The speed of a transfer as a mean over the last 3 seconds. Bytes are kept by tenths of a second, so its memory does
 * not depend on how many chunks came.
 */
export class TransferRate {
  #firstAtMs: number | undefined;
  readonly #slots: { slot: number; bytes: number }[] = [];

  add(bytes: number, nowMs: number): void {
    this.#firstAtMs ??= nowMs;
    const slot = Math.floor(nowMs / slotMs);
    const newest = this.#slots.at(-1);
    if (newest?.slot === slot) newest.bytes += bytes;
    else this.#slots.push({ slot, bytes });
    this.#forget(slot);
  }

  /** 0 before the first bytes, and 3 seconds after the last. */
  bytesPerSecond(nowMs: number): number {
    if (this.#firstAtMs === undefined) return 0;
    const slot = Math.floor(nowMs / slotMs);
    this.#forget(slot);
    const bytes = this.#slots.reduce((sum, { bytes }) => sum + bytes, 0);
    // At the beginning less than the window has passed; less than a slot says nothing about speed.
    const spanMs = Math.min(windowMs, Math.max(slotMs, nowMs - this.#firstAtMs));
    return (bytes * 1000) / spanMs;
  }

  /** Undefined before 3 seconds of data, and while nothing comes. */
  secondsLeft(options: { readonly remainingBytes: number; readonly nowMs: number }): number | undefined {
    const { remainingBytes, nowMs } = options;
    if (this.#firstAtMs === undefined || nowMs - this.#firstAtMs < windowMs) return undefined;
    const rate = this.bytesPerSecond(nowMs);
    return rate > 0 ? remainingBytes / rate : undefined;
  }

  #forget(slot: number): void {
    while ((this.#slots[0]?.slot ?? slot) <= slot - windowMs / slotMs) this.#slots.shift();
  }
}

const windowMs = 3000;
const slotMs = 100;
