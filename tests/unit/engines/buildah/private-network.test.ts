import { expect, test } from 'vitest';
import { networkNamespace } from '#lib/engines/buildah/private-network.ts';

test('no address of this machine has a way out of the network of a step, wherever it has it', () => {
  const script = networkNamespace.enter({
    lo: [
      { address: '127.0.0.1', family: 'IPv4' },
      { address: '::1', family: 'IPv6' },
      { address: '192.0.2.53', family: 'IPv4' },
    ],
    eth0: [
      { address: '192.0.2.2', family: 'IPv4' },
      { address: 'fd00::2', family: 'IPv6' },
    ],
  });
  const refused = script.split(' && ').map((line) => line.split(' ').at(-1));
  expect(refused).toEqual(expect.arrayContaining(['169.254.0.0/16', '192.0.2.53/32', '192.0.2.2/32']));
  expect(refused.filter((each) => each?.startsWith('127.'))).toEqual([]);
});
