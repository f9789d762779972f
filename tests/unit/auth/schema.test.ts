import { describe, expect, test } from 'vitest';
import { accountInputSchema } from '#lib/auth/schema.ts';

const good = { name: 'Ines Okafor', email: 'ines@example.com', password: 'a long enough one' };

function errorOf(input: object): string | undefined {
  return accountInputSchema.safeParse({ ...good, ...input }).error?.issues[0]?.message;
}

describe('an account', () => {
  test('has its email trimmed and in lower case, so that one person has one', () => {
    expect(accountInputSchema.parse({ ...good, email: '  Ines@Example.COM ' }).email).toBe(
      'ines@example.com',
    );
  });

  test('has its name trimmed and its password left as typed', () => {
    const parsed = accountInputSchema.parse({ ...good, name: ' Ines ', password: '  spaces stay in  ' });
    expect(parsed).toMatchObject({ name: 'Ines', password: '  spaces stay in  ' });
  });

  test.each([
    ['an empty name', { name: '   ' }, 'Type a name'],
    ['a name of a page', { name: 'n'.repeat(81) }, 'Use at most 80 characters'],
    ['an email without a host', { email: 'ines@' }, 'Type an email address, like ines@example.com'],
    ['two emails', { email: 'a@example.com, b@example.com' }, 'Type an email address, like ines@example.com'],
    ['an endless email', { email: `${'a'.repeat(250)}@example.com` }, 'Use at most 254 characters'],
    ['a password of 11', { password: 'abcdefghijk' }, 'Use 12 characters or more'],
    ['a password of 129', { password: 'abcdefgh'.repeat(17) }, 'Use at most 128 characters'],
    ['a password of one key', { password: '111111111111' }, 'Use 5 different characters or more'],
  ])('with %s is refused with what to do', (_, input, message) => {
    expect(errorOf(input)).toBe(message);
  });

  test('with a password of 12 or of 128 is taken', () => {
    expect(errorOf({ password: 'abcdefghijkl' })).toBeUndefined();
    expect(errorOf({ password: 'abcdefgh'.repeat(16) })).toBeUndefined();
  });
});
