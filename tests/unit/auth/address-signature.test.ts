import { describe, expect, test } from 'vitest';
import { readSignature, signPath } from '#lib/auth/address-signature.ts';

const secret = 'a secret of some length';
const path = '/images/trainer/latest.tar';
const expiresAt = 1_800_000_000;
const nowMs = (expiresAt - 1) * 1000;
const text = signPath({ path, sessionId: 'session-1', expiresAt, secret });

describe('a signed path', () => {
  test('says whose it is until its time is over', () => {
    expect(readSignature({ text, path, secret, nowMs })).toEqual({ sessionId: 'session-1', expiresAt });
    expect(readSignature({ text, path, secret, nowMs: expiresAt * 1000 })).toBeNull();
  });

  test('holds for that path and that secret alone', () => {
    expect(readSignature({ text, path: '/images/trainer/r1.tar', secret, nowMs })).toBeNull();
    expect(readSignature({ text, path, secret: 'another', nowMs })).toBeNull();
  });

  test.each([
    ['a later end', text.replace(String(expiresAt), String(expiresAt + 1))],
    ['another session', text.replace('session-1', 'session-2')],
    ['the end moved into the session', text.replace(`${expiresAt}.session`, `${expiresAt}0.session`)],
    ['another sum', `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`],
    ['no sum', text.slice(0, -44)],
    ['half a sum', text.slice(0, -20)],
    ['more than it', `${text}A`],
    ['nothing', ''],
    ['bytes of no kind', '\0.\u{ff}.é'],
  ])('with %s it is none', (_, changed) => {
    expect(readSignature({ text: changed, path, secret, nowMs })).toBeNull();
  });
});
