import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { expect, test, vi } from 'vitest';
import { networkNamespace } from '#lib/engines/buildah/private-network.ts';

vi.mock('node:os', () => ({ networkInterfaces: vi.fn() }));

const address = (text: string, internal: boolean) =>
  ({ address: text, family: text.includes(':') ? 'IPv6' : 'IPv4', internal }) as NetworkInterfaceInfo;

test('no address of this machine has a way out of the network of a step, wherever it has it', () => {
  vi.mocked(networkInterfaces).mockReturnValue({
    lo: [address('127.0.0.1', true), address('::1', true), address('192.0.2.53', true)],
    eth0: [address('192.0.2.2', false), address('fd00::2', false)],
  });
  const refused = networkNamespace.enter.split(' && ').map((line) => line.split(' ').at(-1));
  expect(refused).toEqual(expect.arrayContaining(['169.254.0.0/16', '192.0.2.53/32', '192.0.2.2/32']));
  expect(refused.filter((each) => each?.startsWith('127.'))).toEqual([]);
});
