import { certificateFault } from '#lib/egress/certificate-fault.ts';

/** What a failed connection means for a person, and whether trying again can help. */
export interface ConnectionFault {
  readonly why: string;
  readonly next?: string;
  readonly isRetryable: boolean;
  /** How far it came: the name was not found, no (safe) connection was made, or what came over it broke. */
  readonly step: 'dns' | 'connection' | 'answer';
}

/** Reads the failure that a fetch threw, through its causes. Nothing of its text is passed on: it may hold addresses. */
export function connectionFault(error: unknown): ConnectionFault {
  const { code, name } = rootOf(error);
  const certificate = certificateFault(code);
  if (certificate !== undefined) return { ...certificate, isRetryable: false, step: 'connection' };
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return {
      why: 'It does not speak TLS as expected; it may serve plain http only.',
      next: 'If that is intended, the operator can allow it with plainHttp in registries.json.',
      isRetryable: false,
      step: 'connection',
    };
  }
  if (code === 'ENOTFOUND') {
    const next = 'Check the spelling of the host.';
    return { why: 'No such host is known.', next, isRetryable: false, step: 'dns' };
  }
  const why = connectionFaults[code] ?? connectionFaults[name] ?? 'The connection failed or broke off.';
  const step = code === 'EAI_AGAIN' ? 'dns' : unconnected.has(code) ? 'connection' : 'answer';
  return { why, isRetryable: true, step };
}

const connectionFaults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens at that address.',
  ECONNRESET: 'The connection broke off.',
  EPIPE: 'The connection broke off.',
  ConnectionBrokenError: 'The connection broke off.',
  ETIMEDOUT: 'The connection timed out.',
  ConnectTimeoutError: 'The connection timed out.',
  HttpSyntaxError: 'It does not speak HTTP/1.1 as it is written down.',
  AnswerTimeoutError: 'It took the request and did not answer in time.',
  // Of AbortSignal.timeout: https://dom.spec.whatwg.org/#dom-abortsignal-timeout
  TimeoutError: 'It took the request and did not answer in time.',
  BodyStalledError: 'It stopped sending in the middle of an answer.',
  EHOSTUNREACH: 'There is no route to that host.',
  ENETUNREACH: 'There is no route to that network.',
  EAI_AGAIN: 'The name could not be looked up: DNS does not answer.',
};

const unconnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The innermost failure that has a code, or the innermost of all. Causes are followed five deep. */
function rootOf(error: unknown): { readonly code: string; readonly name: string } {
  let code = '';
  let name = '';
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    const own: unknown = 'code' in current ? current.code : undefined;
    if (typeof own === 'string') code = own;
    name = current.name;
    // Several addresses of one host failed: the first speaks for all.
    current = current instanceof AggregateError && code === '' ? current.errors[0] : current.cause;
  }
  return { code, name };
}
