import { setTimeout as delay } from 'node:timers/promises';
import { createAnswerFacts } from './answer-facts.ts';
import { type BlobReader, streamBlob } from './blobs.ts';
import type { Surroundings } from './exchange.ts';
import type { Limits } from './limits.ts';
import type { RetryNotice } from './retry.ts';
import type { Signer } from './signing.ts';
import { mirrorSource, signedSource } from './source.ts';
import type { Fetch, Mirror, Way } from './types.ts';

/** What a client gives to a thread that fetches blobs for it. */
export interface Errand {
  readonly order: ErrandOrder;
  /** Stays with the client: it answers what the thread asks. */
  readonly signer: Signer;
  readonly onRetry: ((notice: RetryNotice) => void) | undefined;
}

/** The part of it that is plain data. */
export interface ErrandOrder {
  readonly way: Way;
  readonly registry: string;
  readonly userAgent: string;
  readonly limits: Limits;
  readonly hadCredentials: boolean;
  readonly isMinting: boolean;
}

/** The thread's side: the same requests under the same rules, signed by somebody else. */
export function createBlobReader(options: {
  readonly order: ErrandOrder;
  readonly route: { readonly endpoint: URL; readonly fetch: Fetch; readonly mirrors: readonly Mirror[] };
  readonly signer: Pick<Signer, 'authorize' | 'renew'>;
  readonly onRetry: (notice: RetryNotice) => void;
}): BlobReader {
  const { order, route, onRetry } = options;
  const { userAgent, registry, limits } = order;
  const { endpoint } = route;
  const secrets: string[] = [];
  const signer = noting({ ...order, ...options.signer }, secrets);
  const around: Surroundings = {
    fetch: route.fetch,
    clock: Date.now,
    random: Math.random,
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    limits,
    facts: createAnswerFacts(endpoint.origin),
    hadCredentials: signer.hadCredentials,
    onRetry,
    secrets,
  };
  const own = signedSource({ around, registry, userAgent, endpoint, signer });
  const mirrored = route.mirrors.map((mirror) => mirrorSource({ around, mirror, userAgent }));
  return {
    streamBlob: (request) => streamBlob(request.asksMirrors === false ? [own] : [...mirrored, own], request),
  };
}

/** Keeps what must stand in no message: the token, and of Basic credentials the password. */
function noting(signer: Signer, secrets: string[]): Signer {
  const note = (authorization: string | undefined) => {
    const [scheme, value] = authorization?.split(' ') ?? [];
    if (value === undefined || secrets.includes(value)) return authorization;
    secrets.push(value);
    const text = Buffer.from(value, 'base64').toString('utf8');
    if (scheme === 'Basic') secrets.push(text.slice(text.indexOf(':') + 1));
    return authorization;
  };
  return {
    hadCredentials: signer.hadCredentials,
    isMinting: signer.isMinting,
    authorize: async (request) => note(await signer.authorize(request)),
    renew: async (request, refusal, used) => note(await signer.renew(request, refusal, used)),
  };
}
