import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction, connect as openSocket, type Socket } from 'node:net';
import { connect as openTls } from 'node:tls';
import { classifyAddress } from './address.ts';
import { Connection } from './connection.ts';
import { ConnectionBrokenError, Inlet } from './inlet.ts';

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
 * Makes connections to permitted addresses alone. The check is on the very address that is connected to, after DNS, so that
 * a name which answers differently the second time gains nothing. Rejects with ConnectionRefusal, the signal's reason, or
 * what the connection or its TLS handshake fails with.
 */
export function guardedConnector(
  options: ConnectorOptions,
): (url: URL, signal: AbortSignal) => Promise<Connection> {
  const guard = createGuard(options);
  /** The newest TLS session of each origin: taking it up again spares most of a handshake. */
  const sessions = new Map<string, Buffer>();
  return async (url, signal) => {
    if (guard.refusesLiteral(url.hostname)) throw new ConnectionRefusal();
    const inlet = new Inlet();
    const isTls = url.protocol === 'https:';
    const host = literalOf(url.hostname) ?? url.hostname;
    const target = {
      host,
      port: Number(url.port) || (isTls ? 443 : 80),
      lookup: guard.lookup,
      onread: inlet.onread,
    };
    const session = sessions.get(url.origin);
    const socket = isTls
      ? openTls({
          ...target,
          ALPNProtocols: ['http/1.1'],
          ...(isIP(host) === 0 ? { servername: host } : {}),
          ...(options.ca === undefined ? {} : { ca: [...options.ca] }),
          ...(session === undefined ? {} : { session }),
        }).on('session', (next) => sessions.set(url.origin, next))
      : openSocket(target);
    inlet.attach(socket);
    socket.setNoDelay(true).setKeepAlive(true, keepAliveProbeMs);
    await opened(socket, { event: isTls ? 'secureConnect' : 'connect', ...options, signal });
    return new Connection(socket, inlet);
  };
}

/** A peer that vanished without a word shows after this and some probes; idle connections end long before. */
const keepAliveProbeMs = 60_000;

async function opened(
  socket: Socket,
  options: { readonly event: string; readonly connectTimeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const { event, connectTimeoutMs, signal } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason);
  const timer = setTimeout(() => reject(new ConnectTimeoutError()), connectTimeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once(event, resolve).once('error', reject);
  socket.once('close', () => reject(new ConnectionBrokenError('It closed the connection at once.')));
  try {
    await promise;
    socket.off('error', reject);
  } catch (error) {
    // Its later complaints are nobody's.
    socket.on('error', () => undefined).destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Nothing came of dialling in time. */
export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError';

  constructor() {
    super('No connection in time.');
  }
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
