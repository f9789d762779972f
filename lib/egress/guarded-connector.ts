import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { classifyAddress } from './address.ts';

/** Looks a name up as the operating system does. `dns.lookup` with `all` fits. */
export type Lookup = (
  hostname: string,
  options: { readonly all: true; readonly family: number },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The address is not permitted, or there is none. The fetch turns it into an error for people. */
export class ConnectionRefusal extends Error {
  override readonly name = 'ConnectionRefusal';

  constructor() {
    super('The host leads to no permitted address.');
  }
}

export interface ConnectorOptions {
  readonly allowPrivate: boolean;
  /** Certificates of authorities besides the usual ones, in PEM. */
  readonly ca: readonly string[] | undefined;
  readonly connectTimeoutMs: number;
  readonly lookup?: Lookup | undefined;
}

/**
 * Makes connections for undici, to permitted addresses alone. The check is on the very address that is connected to,
 * after DNS, so that a name which answers differently the second time gains nothing.
 */
export function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  const { ca, connectTimeoutMs } = options;
  const guard = createGuard(options);
  const connect = buildConnector({
    allowH2: false,
    timeout: connectTimeoutMs,
    keepAlive: true,
    lookup: guard.lookup,
    ...(ca === undefined ? {} : { ca: [...ca] }),
  });
  return (target, callback) => {
    if (guard.refusesLiteral(target.hostname)) return callback(new ConnectionRefusal(), null);
    connect(target, callback);
  };
}

/** What decides where a connection may go. */
export interface Guard {
  /** Of an address that stands in a URL: Node looks it up in no DNS, so the guarded lookup never sees it. */
  refusesLiteral(hostname: string): boolean;
  /** Answers with permitted addresses alone, or fails with ConnectionRefusal. */
  readonly lookup: LookupFunction;
}

/** One guard for connections and for whoever only looks where one would go. */
export function createGuard(options: Pick<ConnectorOptions, 'allowPrivate' | 'lookup'>): Guard {
  const { allowPrivate } = options;
  const mayCall = (address: string) => {
    const found = classifyAddress(address);
    return found === 'public' || (found === 'private' && allowPrivate);
  };
  return {
    refusesLiteral(hostname) {
      const literal = literalOf(hostname);
      return literal !== undefined && !mayCall(literal);
    },
    lookup: guardedLookup({ ...options, mayCall }),
  };
}

/** The address that stands in a URL in a name's place, without brackets. */
export function literalOf(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? undefined : bare;
}

function guardedLookup(options: {
  readonly allowPrivate: boolean;
  readonly lookup?: Lookup | undefined;
  readonly mayCall: (address: string) => boolean;
}): LookupFunction {
  const { allowPrivate, mayCall, lookup = systemLookup as Lookup } = options;
  return (hostname, { all, family }, callback) => {
    const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0);
    lookup(hostname, { all: true, family: wanted }, (error, addresses) => {
      // Where private names are nobody's secret, a name that does not exist may say so.
      const isUnknown = error?.code === 'ENOTFOUND' || error?.code === 'ENODATA';
      if (error !== null && !(isUnknown && !allowPrivate)) return callback(error, '', 0);
      const permitted = error === null ? addresses.filter(({ address }) => mayCall(address)) : [];
      const [first] = permitted;
      if (first === undefined) return callback(new ConnectionRefusal(), '', 0);
      if (all === true) return callback(null, permitted);
      callback(null, first.address, first.family);
    });
  };
}
