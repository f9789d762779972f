import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hashInvitationToken, makeInvitationToken } from '#lib/teams/invitation-token.ts';

describe('an invitation token', () => {
  test('is 32 random bytes that need no escaping in an address', () => {
    const tokens = Array.from({ length: 1000 }, makeInvitationToken);
    expect(new Set(tokens).size).toBe(1000);
    for (const token of tokens) {
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      expect(encodeURIComponent(token)).toBe(token);
    }
  });

  test('is stored as its SHA-256', () => {
    const token = makeInvitationToken();
    const expected = createHash('sha256').update(token).digest('hex');
    expect(Buffer.from(hashInvitationToken(token) ?? []).toString('hex')).toBe(expected);
  });

  test.each([
    '',
    'short',
    `${makeInvitationToken()}x`,
    `${makeInvitationToken().slice(1)}/`,
    `${'a'.repeat(42)}é`,
  ])('is never looked up when it cannot be one: %j', (text) => {
    expect(hashInvitationToken(text)).toBeNull();
  });
});
