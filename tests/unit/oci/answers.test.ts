import { describe, expect, it } from 'vitest';
import { parseErrorBody } from '#lib/oci/answer-error.ts';
import { readRateLimit, readWarnings } from '#lib/oci/answer-facts.ts';
import { parseContentRange, parseUnsatisfiedRange } from '#lib/oci/content-range.ts';
import { defaultLimits } from '#lib/oci/limits.ts';
import { plain } from '#lib/oci/plain-text.ts';
import { isRetryableStatus, parseRetryAfter, waitBeforeMs } from '#lib/oci/retry.ts';
import { parseToken } from '#lib/oci/token.ts';

describe('Retry-After', () => {
  const now = Date.parse('2026-11-23T10:00:00Z');
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
    [null, undefined],
    ['', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['2026-11-23', undefined],
    ['99999999999999999999', undefined],
  ])('%s is %s ms', (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms);
  });
});

describe('waiting', () => {
  it.each([
    [1, 0.5, 125],
    [2, 0.5, 250],
    [3, 1, 1_000],
    [50, 1, 10_000],
    [3, 0, 0],
  ])('before try %i+1 with luck %d is %i ms', (attempt, luck, ms) => {
    const random = () => luck;
    expect(waitBeforeMs({ attempt, retryAfterMs: undefined, limits: defaultLimits, random })).toBe(ms);
    expect(waitBeforeMs({ attempt, retryAfterMs: 7, limits: defaultLimits, random })).toBe(7);
  });

  it.each([
    [200, false],
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [416, false],
    [429, true],
    [500, true],
    [501, false],
    [502, true],
    [503, true],
    [504, true],
    [505, false],
    [520, true],
  ])('helps against %i: %s', (status, helps) => {
    expect(isRetryableStatus(status)).toBe(helps);
  });
});

describe('Content-Range', () => {
  it.each([
    ['bytes 0-0/1', { first: 0, last: 0, totalBytes: 1 }],
    ['Bytes 5-9/*', { first: 5, last: 9, totalBytes: undefined }],
    ['bytes 5-9/9', undefined],
    ['bytes 9-5/10', undefined],
    ['bytes */10', undefined],
    ['items 0-1/2', undefined],
    ['bytes 0-1/2, 3-4/5', undefined],
    [null, undefined],
  ])('%s', (value, range) => {
    expect(parseContentRange(value)).toEqual(range);
  });

  it.each([
    ['bytes */10', 10],
    ['bytes 0-1/10', undefined],
    ['bytes */*', undefined],
    [null, undefined],
  ])('%s of a 416', (value, total) => {
    expect(parseUnsatisfiedRange(value)).toBe(total);
  });
});

describe('headers for people', () => {
  it('tell where the caller stands', () => {
    const headers = new Headers({ 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600' });
    expect(readRateLimit(headers)).toEqual({ limit: 100, remaining: 76, windowSeconds: 21_600 });
    expect(readRateLimit(new Headers({ 'ratelimit-limit': '5', 'ratelimit-remaining': '0' }))).toEqual({
      limit: 5,
      remaining: 0,
      windowSeconds: undefined,
    });
    expect(readRateLimit(new Headers({ 'ratelimit-limit': 'many' }))).toBeUndefined();
  });

  it.each([
    ['299 - "Your account ends soon."', ['Your account ends soon.']],
    ['299 - "One, two", 299 - "say \\"three\\""', ['One, two', 'say "three"']],
    ['199 - "Miscellaneous"', []],
    ['299 - unquoted', []],
    [null, []],
  ])('warn: %s', (header, texts) => {
    expect(readWarnings(header)).toEqual(texts);
  });
});

describe('an error body', () => {
  const read = (json: unknown, secrets: string[] = []) =>
    parseErrorBody(new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json)), secrets);

  it.each<[string, unknown, unknown]>([
    [
      'of a registry',
      { errors: [{ code: 'NAME_UNKNOWN', message: 'no such' }] },
      { code: 'NAME_UNKNOWN', said: 'no such' },
    ],
    ['in lower case', { errors: [{ code: 'denied' }] }, { code: 'DENIED', said: undefined }],
    [
      'of Docker Hub’s token service',
      { details: 'incorrect username or password' },
      { code: '', said: 'incorrect username or password' },
    ],
    ['that is HTML', '<html>', undefined],
    ['with no errors', { errors: [] }, undefined],
    ['with wrong types', { errors: [{ code: 5, message: {} }] }, { code: '', said: undefined }],
    ['that is null', null, undefined],
  ])('%s', (_, json, said) => {
    expect(read(json)).toEqual(said);
  });

  it('that repeats a secret is not repeated', () => {
    const json = { errors: [{ code: 'UNAUTHORIZED', message: 'bad token s3cr3t-token' }] };
    expect(read(json, ['s3cr3t-token'])).toEqual({ code: 'UNAUTHORIZED', said: undefined });
  });

  it('is shown on one line, bounded, without queries', () => {
    expect(plain('a\r\nb\u202ec \u001b[31m', 50)).toBe('a b c [31m');
    expect(plain('see https://s3.example/x?X-Amz-Signature=abc now', 80)).toBe(
      'see https://s3.example/x?… now',
    );
    expect(plain('x'.repeat(50), 10)).toBe(`${'x'.repeat(10)}…`);
    expect(plain(`${'x'.repeat(9)}😀 and more`, 10)).toBe(`${'x'.repeat(9)}…`);
    expect(plain('a\ud800b', 10)).toBe('a\ufffdb');
    // By the square of its length, the whole of it would take hours.
    expect(plain('?'.repeat(8_000_000), 10)).toBe(`${'?'.repeat(10)}…`);
  });
});

describe('a token answer', () => {
  const at = Date.parse('2026-11-23T10:00:00Z');
  const parse = (json: unknown, serverDate: string | null = null) =>
    parseToken({
      bytes: new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json)),
      receivedAtMs: at,
      serverDate,
      place: { registry: 'r.example' },
    });

  it.each<[string, unknown, string | null, string, number]>([
    ['lives 60 s by default, renewed 10 s before', { token: 't' }, null, 't', 50],
    ['may be called access_token', { access_token: 'a' }, null, 'a', 50],
    ['counts token first', { token: 't', access_token: 'a' }, null, 't', 50],
    ['lives as long as it says', { token: 't', expires_in: 300 }, null, 't', 270],
    ['lives no shorter than is promised', { token: 't', expires_in: 5 }, null, 't', 50],
    ['lives no longer than a day', { token: 't', expires_in: 1e9 }, null, 't', 86_370],
    [
      'counts from when it was issued',
      { token: 't', expires_in: 300, issued_at: '2026-11-23T09:58:20Z' },
      null,
      't',
      170,
    ],
    [
      'is not fooled by a clock that is wrong',
      { token: 't', expires_in: 300, issued_at: '2020-01-01T00:00:00Z' },
      'Wed, 01 Jan 2020 00:00:00 GMT',
      't',
      270,
    ],
    ['ignores nonsense', { token: 't', expires_in: 'x', issued_at: 'y' }, 'z', 't', 50],
  ])('%s', (_, json, date, value, renewSeconds) => {
    expect(parse(json, date)).toEqual({ value, renewAtMs: at + renewSeconds * 1000 });
  });

  it.each<[string, unknown]>([
    ['no JSON', 'garbage'],
    ['null', null],
    ['a list', []],
    ['no token', {}],
    ['an empty token', { token: '' }],
    ['a token that is a number', { token: 5 }],
    ['a token with a line end', { token: 'a\r\nX-Evil: 1' }],
    ['a token with blanks', { token: 'a b' }],
  ])('that is %s is refused', (_, json) => {
    expect(() => parse(json)).toThrow(expect.objectContaining({ name: 'RegistryAnswerError' }));
  });
});
