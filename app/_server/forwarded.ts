import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';

/**
 * Makes the X-Forwarded headers of a request true. From a trusted proxy, what it says is kept, down to the nearest
 * address that is no trusted proxy itself. From anybody else they are made up, so they are replaced by the facts of
 * the connection: else a stranger could choose the address that the sign-in's rate limit counts.
 */
export function settleForwarded(request: IncomingMessage, proxies: TrustedProxies): void {
  const { headers, socket } = request;
  const peer = plainAddress(socket.remoteAddress ?? '');
  const isProxied = proxies.has(peer);
  const hops = isProxied ? [...listOf(headers['x-forwarded-for']), peer] : [peer];
  const host = isProxied ? listOf(headers['x-forwarded-host']).at(-1) : undefined;
  const protocol = isProxied ? listOf(headers['x-forwarded-proto']).at(-1) : undefined;
  for (const name of Object.keys(headers)) {
    if (name.startsWith('x-forwarded-') || otherNames.includes(name)) delete headers[name];
  }
  const client = hops.findLast((hop) => !proxies.has(plainAddress(hop))) ?? hops[0] ?? peer;
  headers['x-forwarded-for'] = plainAddress(client);
  headers['x-forwarded-proto'] = protocol === 'https' ? 'https' : 'http';
  const seenHost = host ?? headers.host;
  if (seenHost !== undefined) headers['x-forwarded-host'] = seenHost;
}

/** Headers by which other servers and libraries learn of a client's address. */
const otherNames = ['forwarded', 'x-real-ip', 'x-client-ip', 'cf-connecting-ip', 'true-client-ip'];

/** The networks of `SLIPWAY_TRUSTED_PROXIES`. */
export class TrustedProxies {
  readonly #list = new BlockList();

  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', prefix = ''] = network.split('/');
      this.#list.addSubnet(address, Number(prefix), familyOf(address));
    }
  }

  has(address: string): boolean {
    return address !== '' && this.#list.check(address, familyOf(address));
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

/** A socket that listens on both families shows IPv4 clients as ::ffff:1.2.3.4. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function listOf(header: string | string[] | undefined): readonly string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
