import { certificateFault } from '#lib/egress/certificate-fault.ts';

/** What a failed connection means for a person, and whether trying again can help. */
export interface ConnectionFault {
  readonly why: string;
  readonly next?: string;
  readonly isRetryable: boolean;
}

/** Reads the failure that a fetch threw, through its causes. Nothing of its text is passed on: it may hold addresses. */
export function connectionFault(error: unknown): ConnectionFault {
  const { code, name } = rootOf(error);
  const certificate = certificateFault(code);
  if (certificate !== undefined) return { ...certificate, isRetryable: false };
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return {
      why: 'It does not speak TLS as expected; it may serve plain http only.',
      next: 'If that is intended, the operator can allow it with plainHttp in registries.json.',
      isRetryable: false,
    };
  }
  if (code === 'ENOTFOUND') {
    return { why: 'No such host is known.', next: 'Check the spelling of the host.', isRetryable: false };
  }
  const why = connectionFaults[code] ?? connectionFaults[name];
  return { why: why ?? 'The connection failed or broke off.', isRetryable: true };
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
  BodyStalledError: 'It stopped sending in the middle of an answer.',
  EHOSTUNREACH: 'There is no route to that host.',
  ENETUNREACH: 'There is no route to that network.',
  EAI_AGAIN: 'The name could not be looked up: DNS does not answer.',
};

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
