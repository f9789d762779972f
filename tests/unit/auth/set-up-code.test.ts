import { describe, expect, test } from 'vitest';
import { setUpInputSchema } from '#lib/auth/schema.ts';
import { hashSetUpCode, isSameHash, makeSetUpCode } from '#lib/auth/set-up-code.ts';

const account = { name: 'Ines Okafor', email: 'ines@example.com', password: 'a long enough one' };

describe('a set-up code', () => {
  test('is three groups of four, without characters that look alike', () => {
    for (const code of Array.from({ length: 200 }, makeSetUpCode)) {
      expect(code).toMatch(/^[A-HJ-KM-NP-Z2-9]{4}(-[A-HJ-KM-NP-Z2-9]{4}){2}$/);
    }
  });

  test('never comes twice', () => {
    expect(new Set(Array.from({ length: 1000 }, makeSetUpCode)).size).toBe(1000);
  });

  test.each([
    ['as printed', (code: string) => code],
    ['in lower case', (code: string) => code.toLowerCase()],
    ['without hyphens', (code: string) => code.replaceAll('-', '')],
    ['with spaces about it', (code: string) => `  ${code.replaceAll('-', ' ')}\n`],
  ])('is taken %s', (_, typed) => {
    const code = makeSetUpCode();
    const parsed = setUpInputSchema.parse({ ...account, code: typed(code) });
    expect(isSameHash(hashSetUpCode(parsed.code), hashSetUpCode(code))).toBe(true);
  });

  test.each([
    ['one character short', 'K7QF-2M9X-TB4'],
    ['one too many', 'K7QF-2M9X-TB4DD'],
    ['other alphabets', 'К7QF-2M9X-TB4D'],
    ['nothing', ''],
  ])('is refused with %s', (_, code) => {
    expect(setUpInputSchema.safeParse({ ...account, code }).success).toBe(false);
  });

  test('compares as different when one character is', () => {
    expect(isSameHash(hashSetUpCode('K7QF-2M9X-TB4D'), hashSetUpCode('K7QF-2M9X-TB4E'))).toBe(false);
  });
});
