import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyAddress } from '#lib/egress/address.ts';

describe('an address', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['1.1.1.1', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['64:ff9b::808:808', 'public'],
    ['127.0.0.1', 'private'],
    ['127.255.255.254', 'private'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['100.127.255.255', 'private'],
    ['0.0.0.0', 'private'],
    ['0.1.2.3', 'private'],
    ['255.255.255.255', 'private'],
    ['224.0.0.1', 'private'],
    ['240.0.0.1', 'private'],
    ['192.0.2.1', 'private'],
    ['198.18.0.1', 'private'],
    ['198.51.100.1', 'private'],
    ['203.0.113.1', 'private'],
    ['192.88.99.1', 'private'],
    ['::1', 'private'],
    ['::', 'private'],
    ['fc00::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['ff02::1', 'private'],
    ['fec0::1', 'private'],
    ['100::1', 'private'],
    ['2001:db8::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['::ffff:7f00:1', 'private'],
    ['::127.0.0.1', 'private'],
    // As URLs write it: an address in the last 32 bits without ffff before it.
    ['::7f00:1', 'private'],
    ['::808:808', 'private'],
    ['::a9fe:a9fe', 'never'],
    // Ranges that nobody was given.
    ['::1:7f00:1', 'private'],
    ['100:0:0:1::1', 'private'],
    ['200::1', 'private'],
    ['4000::1', 'private'],
    ['fe00::1', 'private'],
    ['::ffff:0:127.0.0.1', 'private'],
    ['64:ff9b::7f00:1', 'private'],
    ['2002:7f00:1::', 'private'],
    ['2002:a00:1::1', 'private'],
    ['169.254.169.254', 'never'],
    ['169.254.170.2', 'never'],
    ['fe80::1', 'never'],
    ['fe80::a9fe:a9fe', 'never'],
    ['fd00:ec2::254', 'never'],
    ['fd20:ce::254', 'never'],
    ['100.100.100.200', 'never'],
    ['168.63.129.16', 'never'],
    ['192.0.0.192', 'never'],
    ['::ffff:169.254.169.254', 'never'],
    ['::ffff:a9fe:a9fe', 'never'],
    ['64:ff9b::a9fe:a9fe', 'never'],
    ['2002:a9fe:a9fe::', 'never'],
    ['64:ff9b:1::a9fe:a9fe', 'never'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'never'],
    ['', 'never'],
    ['localhost', 'never'],
    ['10.0.0.256', 'never'],
  ])('%s is %s', (text, found) => {
    expect(classifyAddress(text)).toBe(found);
  });

  it('inside another is classed as itself', () => {
    fc.assert(
      fc.property(fc.ipV4(), (inner) => {
        expect(classifyAddress(`::ffff:${inner}`)).toBe(classifyAddress(inner));
        expect(classifyAddress(`64:ff9b::${inner}`)).toBe(classifyAddress(inner));
      }),
    );
  });

  it('of any text has a class', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), fc.string()), (text) => {
        expect(['public', 'private', 'never']).toContain(classifyAddress(text));
      }),
    );
  });
});
