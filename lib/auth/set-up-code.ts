import { createHash, randomInt, timingSafeEqual } from 'node:crypto';

/** A new code: `K7QF-2M9X-TB4D`, 59 random bits in characters that nobody mistakes for one another. */
export function makeSetUpCode(): string {
  const characters = Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)]);
  return [0, 4, 8].map((start) => characters.slice(start, start + 4).join('')).join('-');
}

/** What is stored of a code. Hyphens do not count. */
export function hashSetUpCode(code: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(code.replaceAll('-', '')).digest());
}

/** Compares in a time that tells nothing. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

const codeLength = 12;
/** No I, L, O, 0 or 1. */
const alphabet = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
