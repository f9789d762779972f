import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { settleForwarded, TrustedProxies } from '#app/_server/forwarded.ts';

const proxies = ['10.0.0.0/8', '::1/128'];

interface Case {
  readonly from: string;
  readonly headers: Record<string, string>;
  readonly trusted?: readonly string[];
  readonly client: string;
  readonly host?: string;
  readonly protocol?: string;
}

test.each<[string, Case]>([
  ['nobody in between', { from: '192.0.2.1', headers: {}, client: '192.0.2.1' }],
  [
    'a stranger who claims to be somebody else',
    {
      from: '192.0.2.1',
      headers: {
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.example',
      },
      client: '192.0.2.1',
    },
  ],
  [
    'nobody is trusted by default',
    { from: '10.0.0.1', headers: { 'x-forwarded-for': '192.0.2.9' }, trusted: [], client: '10.0.0.1' },
  ],
  [
    'a trusted proxy',
    {
      from: '10.0.0.1',
      headers: {
        'x-forwarded-for': '192.0.2.9',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'slipway.example.com',
      },
      client: '192.0.2.9',
      host: 'slipway.example.com',
      protocol: 'https',
    },
  ],
  [
    'a chain of trusted proxies',
    { from: '10.0.0.1', headers: { 'x-forwarded-for': '192.0.2.9, 10.0.0.3' }, client: '192.0.2.9' },
  ],
  [
    'a client that writes addresses in front of its own',
    { from: '10.0.0.1', headers: { 'x-forwarded-for': '127.0.0.1, 192.0.2.9' }, client: '192.0.2.9' },
  ],
  ['a proxy that says nothing', { from: '10.0.0.1', headers: {}, client: '10.0.0.1' }],
  [
    'IPv4 on a socket for both families',
    { from: '::ffff:10.0.0.1', headers: { 'x-forwarded-for': '192.0.2.9' }, client: '192.0.2.9' },
  ],
  ['IPv6', { from: '::1', headers: { 'x-forwarded-for': '2001:db8::7' }, client: '2001:db8::7' }],
  [
    'other names for the same claim',
    {
      from: '192.0.2.1',
      headers: { forwarded: 'for=127.0.0.1', 'x-real-ip': '127.0.0.1', 'x-forwarded-port': '443' },
      client: '192.0.2.1',
    },
  ],
  [
    'a made-up protocol',
    { from: '10.0.0.1', headers: { 'x-forwarded-proto': 'javascript' }, client: '10.0.0.1' },
  ],
])('%s', (_name, { from, headers, trusted = proxies, client, host = 'asked.example', protocol = 'http' }) => {
  const request = {
    headers: { host: 'asked.example', ...headers },
    socket: { remoteAddress: from },
  } as unknown as IncomingMessage;
  settleForwarded(request, new TrustedProxies(trusted));
  expect(request.headers).toEqual({
    host: 'asked.example',
    'x-forwarded-for': client,
    'x-forwarded-host': host,
    'x-forwarded-proto': protocol,
  });
});
