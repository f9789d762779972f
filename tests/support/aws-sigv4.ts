import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A request as it came in, its body read. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Half a key that a caller may sign with. */
export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary keys are worth something together with it only. */
  readonly sessionToken: string | undefined;
  /** Milliseconds since 1970; undefined for the keys of users. */
  readonly endsAtMs: number | undefined;
}

/** Why a signature is not taken, in AWS' words. Each service has its own name for it. */
export interface SignatureFault {
  readonly kind: 'missing' | 'incomplete' | 'unknown_key' | 'wrong_signature' | 'expired_session';
  readonly message: string;
}

/**
 * Verifies a signature from the request alone: the canonical request is written anew from what came over the wire.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignature<K extends SigningKey>(options: {
  readonly request: SignedRequest;
  readonly service: string;
  readonly region: string;
  readonly nowMs: number;
  readonly keyOf: (accessKeyId: string) => K | undefined;
}): K | SignatureFault {
  const { request, service, region, nowMs, keyOf } = options;
  const { headers } = request;
  const { authorization } = headers;
  if (authorization === undefined)
    return { kind: 'missing', message: 'Request is missing Authentication Token' };
  const parsed = parseAuthorization(authorization);
  if (parsed === undefined) {
    return {
      kind: 'incomplete',
      message: `Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters.`,
    };
  }
  const unsigned = mustBeSigned(headers).find((name) => !parsed.signedHeaders.includes(name));
  if (unsigned !== undefined)
    return { kind: 'incomplete', message: `'${unsigned}' must be a signed header.` };
  const date = headers['x-amz-date'];
  const sentAtMs = typeof date === 'string' ? readAmzDate(date) : Number.NaN;
  if (typeof date !== 'string' || Number.isNaN(sentAtMs) || !date.startsWith(parsed.date)) {
    return {
      kind: 'incomplete',
      message: 'Date in Credential scope does not match YYYYMMDD from ISO-8601 date.',
    };
  }
  if (parsed.region !== region) {
    const message = `Credential should be scoped to a valid region, not '${parsed.region}'. `;
    return { kind: 'wrong_signature', message };
  }
  if (parsed.service !== service) {
    const message = `Credential should be scoped to correct service: '${service}'. `;
    return { kind: 'wrong_signature', message };
  }
  const key = keyOf(parsed.accessKeyId);
  const token = headers['x-amz-security-token'];
  if (key === undefined || key.sessionToken !== token) {
    return { kind: 'unknown_key', message: 'The security token included in the request is invalid.' };
  }
  const skewMs = sentAtMs - nowMs;
  if (Math.abs(skewMs) > skewMsMax) {
    const [sent, now] = [writeAmzDate(sentAtMs), writeAmzDate(nowMs)];
    return {
      kind: 'wrong_signature',
      message:
        skewMs < 0
          ? `Signature expired: ${sent} is now earlier than ${writeAmzDate(nowMs - skewMsMax)} (${now} - 5 min.)`
          : `Signature not yet current: ${sent} is still later than ${writeAmzDate(nowMs + skewMsMax)} (${now} + 5 min.)`,
    };
  }
  if (!isSignedBy(key, request, parsed)) {
    return {
      kind: 'wrong_signature',
      message:
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    };
  }
  if (key.endsAtMs !== undefined && key.endsAtMs <= nowMs) {
    return { kind: 'expired_session', message: 'The security token included in the request is expired' };
  }
  return key;
}

interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const skewMsMax = 5 * 60_000;

/** The whole header or nothing: a lenient reader would let a client pass that signs wrongly. */
function parseAuthorization(header: string): Authorization | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (match === null) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = '', names = '', signature = ''] = match;
  const signedHeaders = names.split(';');
  const isSorted = signedHeaders.join() === signedHeaders.toSorted().join();
  return isSorted ? { accessKeyId, date, region, service, signedHeaders, signature } : undefined;
}

/** "You must include the host header and any x-amz-* headers": what was not signed could be changed on the way. */
function mustBeSigned(headers: IncomingHttpHeaders): readonly string[] {
  return [
    'host',
    ...Object.keys(headers).filter((name) => name.startsWith('x-amz-') || name === 'content-type'),
  ];
}

function isSignedBy(key: SigningKey, request: SignedRequest, parsed: Authorization): boolean {
  const { date, region, service, signature } = parsed;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = [
    'AWS4-HMAC-SHA256',
    String(request.headers['x-amz-date']),
    scope,
    sha256(canonicalRequest(request, parsed.signedHeaders)),
  ].join('\n');
  const signingKey = [date, region, service, 'aws4_request'].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${key.secretAccessKey}`),
  );
  return timingSafeEqual(hmac(signingKey, toSign), Buffer.from(signature, 'hex'));
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const url = new URL(request.url, 'http://localhost');
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const headers = signedHeaders.map((name) => {
    const value = String(request.headers[name] ?? '');
    return `${name}:${value.trim().replace(/ +/g, ' ')}\n`;
  });
  const path = url.pathname.split('/').map(encode).join('/');
  return [request.method, path, query, headers.join(''), signedHeaders.join(';'), sha256(request.body)].join(
    '\n',
  );
}

/** RFC 3986 section 2.3: everything but unreserved characters, in capitals. */
function encode(text: string): string {
  return encodeURIComponent(decodeURIComponent(text)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function readAmzDate(text: string): number {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match.map(Number);
  return Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
}

function writeAmzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+|[-:]/g, '');
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
