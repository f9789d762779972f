import { isIP, connect as openSocket, type Socket } from 'node:net';
import { connect as openTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { AddressRefusedError, CertificateError } from './errors.ts';
import {
  ConnectionRefusal,
  type ConnectorOptions,
  ConnectTimeoutError,
  createGuard,
  literalOf,
} from './guarded-connector.ts';

/** The first steps of a connection to a registry, one by one, under the same rule as its requests. Sends nothing. */
export interface Probe {
  /** Where the registry is really reached. */
  readonly endpoint: URL;
  /**
   * Looks the name up as a connection would.
   * @throws AddressRefusedError, what DNS fails with, and the signal's reason
   */
  lookUp(signal: AbortSignal): Promise<LookupFacts>;
  /**
   * Connects and shakes hands, then lets go.
   * @throws AddressRefusedError, CertificateError, what the connection fails with, and the signal's reason
   */
  connect(signal: AbortSignal): Promise<ConnectionFacts>;
}

interface LookupFacts {
  /** The name that was looked up, or the address that needs no lookup. */
  readonly hostname: string;
  readonly isLiteral: boolean;
  /** Addresses that may be called. */
  readonly addressCount: number;
}

/** `plain` is http, where the operator allows it. */
type ConnectionFacts =
  | { readonly kind: 'plain' }
  | {
      readonly kind: 'tls';
      /** When the first certificate of the chain ends, in milliseconds since 1970; undefined where none says. */
      readonly validUntilMs: number | undefined;
    };

export function createProbe(options: {
  readonly registry: string;
  readonly endpoint: URL;
  readonly way: ConnectorOptions;
}): Probe {
  const { registry, endpoint, way } = options;
  const guard = createGuard(way);
  const { hostname } = endpoint;
  const literal = literalOf(hostname);
  const told = (error: unknown) =>
    error instanceof ConnectionRefusal ? new AddressRefusedError({ registry }) : error;
  const checkLiteral = (signal: AbortSignal) => {
    signal.throwIfAborted();
    if (guard.refusesLiteral(hostname)) throw new AddressRefusedError({ registry });
  };

  return {
    endpoint,
    async lookUp(signal) {
      checkLiteral(signal);
      if (literal !== undefined) return { hostname: literal, isLiteral: true, addressCount: 1 };
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      guard.lookup(hostname, { all: true }, (error, found) => {
        if (error === null) resolve(found.length);
        else reject(told(error));
      });
      // The system's lookup cannot be stopped; nobody waits for it any longer.
      const addressCount = await promise.finally(() => signal.removeEventListener('abort', onAbort));
      return { hostname, isLiteral: false, addressCount };
    },
    async connect(signal) {
      checkLiteral(signal);
      const isTls = endpoint.protocol === 'https:';
      const target = {
        host: literal ?? hostname,
        port: Number(endpoint.port || (isTls ? 443 : 80)),
        lookup: guard.lookup,
      };
      const socket = isTls ? openTls({ ...target, ...handshakeOf(way, hostname) }) : openSocket(target);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      socket.setTimeout(way.connectTimeoutMs, () => reject(new ConnectTimeoutError()));
      socket.on('error', (error) => reject(told(error)));
      socket.once(isTls ? 'secureConnect' : 'connect', resolve);
      try {
        await promise;
        return readConnection(socket, { registry, hostname });
      } finally {
        signal.removeEventListener('abort', onAbort);
        socket.destroy();
      }
    },
  };
}

/**
 * A certificate that is not trusted is looked at as well, to say what is wrong with it. Nothing is ever sent or read over
 * this connection.
 */
function handshakeOf(way: ConnectorOptions, hostname: string) {
  return {
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    ...(literalOf(hostname) === undefined ? { servername: hostname } : {}),
    ...(way.ca === undefined ? {} : { ca: [...way.ca] }),
  };
}

function readConnection(
  socket: Socket | TLSSocket,
  { registry, hostname }: { readonly registry: string; readonly hostname: string },
): ConnectionFacts {
  if (!('authorized' in socket)) return { kind: 'plain' };
  const certificate = socket.getPeerCertificate(true);
  if (!socket.authorized) {
    throw new CertificateError({
      registry,
      // Node's types say Error; at run time it is the code.
      code: String(socket.authorizationError),
      details: {
        hostname: literalOf(hostname) ?? hostname,
        validFromMs: Date.parse(certificate.valid_from),
        validUntilMs: Date.parse(certificate.valid_to),
        names: namesOf(certificate.subjectaltname),
      },
    });
  }
  return { kind: 'tls', validUntilMs: shortestOf(certificate) };
}

/** Longer chains are refused by OpenSSL itself (verify depth 100); real ones have two or three. */
const chainMax = 10;

function shortestOf(
  leaf: PeerCertificate & { readonly issuerCertificate?: PeerCertificate },
): number | undefined {
  const ends: number[] = [];
  let current: typeof leaf | undefined = leaf;
  // A root is its own issuer.
  for (let depth = 0; depth < chainMax && current?.valid_to !== undefined; depth += 1) {
    ends.push(Date.parse(current.valid_to));
    current = current.issuerCertificate === current ? undefined : current.issuerCertificate;
  }
  const known = ends.filter((end) => !Number.isNaN(end));
  return known.length === 0 ? undefined : Math.min(...known);
}

/** `DNS:a.example, IP Address:10.0.0.1`. What is no name or address is foreign text and left out. */
function namesOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(', ').flatMap((entry) => {
    const name = /^DNS:([A-Za-z0-9.*_-]{1,253})$/.exec(entry)?.[1];
    const address = /^IP Address:([0-9A-Fa-f.:]{2,45})$/.exec(entry)?.[1];
    if (address !== undefined && isIP(address) === 0) return [];
    return [name ?? address ?? []].flat();
  });
}
