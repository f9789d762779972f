import ipaddr from 'ipaddr.js';

/**
 * The address that tries are counted by. The server puts the one it vouches for in `x-forwarded-for` and drops what
 * a client sent there. An IPv6 client counts by its /64, which is one customer; requests without an address share
 * one count.
 */
export function clientAddressOf(headers: Headers): string {
  const text = headers.get('x-forwarded-for')?.split(',')[0]?.trim() ?? '';
  if (!ipaddr.isValid(text)) return 'unknown';
  const address = ipaddr.process(text);
  if (address.kind() === 'ipv4') return address.toString();
  const network = (address as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}
