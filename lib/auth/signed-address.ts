import { readSignature, signPath } from './address-signature.ts';
import { findSession } from './data.ts';
import { AddressExpiredError } from './errors.ts';
import { cookieSecret } from './mutations.ts';
import { inWorkspace } from './session-of.ts';
import type { CurrentSession } from './types.ts';

/** An address that opens without a cookie, as its maker's session does. */
export interface SignedAddress {
  /** The path with its signature in the query. */
  readonly address: string;
  /** ISO 8601. It ends sooner with the session of whoever made it, and with their membership. */
  readonly expiresAt: string;
}

/** The query's key for the signature. */
export const signatureKey = 'signed';

/** @param options.path that to read, and no other */
export async function signAddress(options: {
  readonly session: Pick<CurrentSession, 'sessionId'>;
  readonly path: string;
}): Promise<SignedAddress> {
  const { session, path } = options;
  const expiresAt = Math.floor(Date.now() / 1000) + signedForSeconds;
  const { sessionId } = session;
  const signature = signPath({ path, sessionId, expiresAt, secret: await cookieSecret() });
  return {
    address: `${path}?${signatureKey}=${signature}`,
    expiresAt: new Date(expiresAt * 1000).toISOString(),
  };
}

/**
 * The session for which a signed address of this path stands.
 * @throws AddressExpiredError for every signature that opens nothing, or nothing any more
 */
export async function signedSession(options: {
  readonly path: string;
  readonly signature: string;
}): Promise<CurrentSession> {
  const { path, signature: text } = options;
  const claim = readSignature({ text, path, secret: await cookieSecret(), nowMs: Date.now() });
  const found = claim === null ? null : await findSession({ sessionId: claim.sessionId });
  const session = found === null ? null : await inWorkspace(found);
  if (session === null) throw new AddressExpiredError();
  return session;
}

/** Enough to go to another machine with it; too short for a script that comes again. */
const signedForSeconds = 3600;
