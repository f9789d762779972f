import { describe, expect, test } from 'vitest';
import { ForeignPageError } from '#app/api/_http/errors.ts';
import { requireSameOrigin } from '#app/api/_http/same-origin.ts';

const ask = (headers: Record<string, string>) =>
  requireSameOrigin(new Request('http://localhost:3000/api/preflights', { method: 'POST', headers }));
const host = 'slipway.example.com';

describe('a request is taken', () => {
  test.each([
    ['from a page of this dashboard', { 'sec-fetch-site': 'same-origin', origin: `https://${host}`, host }],
    ['from a browser that knows no Sec-Fetch-Site', { origin: `https://${host}`, host }],
    ['behind a proxy', { origin: `https://${host}`, host: '127.0.0.1:3000', 'x-forwarded-host': host }],
    ['behind a proxy that names the port', { origin: `https://${host}`, 'x-forwarded-host': `${host}:443` }],
    ['on a port of its own', { origin: 'http://localhost:3000', host: 'localhost:3000' }],
    ['whatever the case of its host', { origin: `https://${host}`, host: 'Slipway.Example.com' }],
    ['from a script, which has no origin', { host }],
  ])('%s', (_, headers) => {
    expect(() => ask(headers)).not.toThrow();
  });
});

describe('a request is refused', () => {
  test.each([
    ['from another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example', host }],
    ['from another host of the same site', { 'sec-fetch-site': 'same-site', host }],
    ['typed into the address bar', { 'sec-fetch-site': 'none', host }],
    ['with an origin elsewhere alone', { origin: 'https://evil.example', host }],
    ['from another port', { origin: 'http://localhost:3001', host: 'localhost:3000' }],
    ['from a host that begins alike', { origin: `https://${host}.evil.example`, host }],
    ['from a sandboxed frame', { origin: 'null', host }],
    ['with an origin that is none', { origin: 'nonsense', host }],
    ['without a host to compare with', { origin: `https://${host}` }],
    ['with a host that is none', { origin: `https://${host}`, host: 'a b' }],
  ])('%s', (_, headers) => {
    expect(() => ask(headers)).toThrow(ForeignPageError);
  });
});
