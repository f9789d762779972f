import { describe, expect, test } from 'vitest';
import { clientAddressOf } from '#lib/auth/client-address.ts';

describe('the address that tries are counted by', () => {
  test.each([
    ['an IPv4 address as it is', '203.0.113.7', '203.0.113.7'],
    ['an IPv4 address in IPv6 clothes as the same', '::ffff:203.0.113.7', '203.0.113.7'],
    ['an IPv6 address by its /64', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['a neighbour in that /64 as the same', '2001:db8:1:2:ffff::9', '2001:db8:1:2::/64'],
    ['another spelling of it as the same', '2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['the first of a list', '203.0.113.7, 198.51.100.1', '203.0.113.7'],
    ['text that is no address with all without one', 'somewhere', 'unknown'],
    ['an empty header with all without one', '', 'unknown'],
  ])('counts %s', (_, header, expected) => {
    expect(clientAddressOf(new Headers({ 'x-forwarded-for': header }))).toBe(expected);
  });

  test('counts a request without the header with all without one', () => {
    expect(clientAddressOf(new Headers())).toBe('unknown');
  });
});
