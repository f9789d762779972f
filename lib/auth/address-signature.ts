import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What a signed address says: who signed it, for how long. */
export interface AddressClaim {
  /** The session that it stands for. */
  readonly sessionId: string;
  /** Whole seconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Signs a path, for whoever comes there without the cookie of a session: `EXPIRES.SESSION.MAC`, an HMAC-SHA256 over all three.
 *
 * @param options.secret what session cookies are signed with; the key for addresses is derived from it (RFC 5869)
 */
export function signPath(options: AddressClaim & { readonly path: string; readonly secret: string }): string {
  const { sessionId, expiresAt } = options;
  return `${expiresAt}.${sessionId}.${macOf(options).toString('base64url')}`;
}

/** Null for every text that was not signed for this path, and when its time is over. */
export function readSignature(options: {
  readonly text: string;
  readonly path: string;
  readonly secret: string;
  readonly nowMs: number;
}): AddressClaim | null {
  const [, expires = '', sessionId = '', mac = ''] =
    /^(\d{1,12})\.([^.]{1,100})\.([\w-]{43})$/.exec(options.text) ?? [];
  const claim = { sessionId, expiresAt: Number(expires) };
  const isRight = timingSafeEqual(sized(mac), sized(macOf({ ...options, ...claim }).toString('base64url')));
  return isRight && claim.expiresAt * 1000 > options.nowMs ? claim : null;
}

function macOf(options: AddressClaim & { readonly path: string; readonly secret: string }): Buffer {
  const { secret, path, sessionId, expiresAt } = options;
  const key = hkdfSync('sha256', secret, '', 'slipway signed address', 32);
  return createHmac('sha256', Buffer.from(key))
    .update(JSON.stringify([path, sessionId, expiresAt]))
    .digest();
}

/** In as many bytes as any other. */
function sized(mac: string): Buffer {
  return Buffer.alloc(43, mac === '' ? '.' : mac.slice(0, 43));
}
