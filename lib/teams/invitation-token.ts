import { createHash, randomBytes } from 'node:crypto';

/** A new link's token: 256 random bits, URL-safe. Shown once to the owner who made it. */
export function makeInvitationToken(): string {
  return randomBytes(tokenBytes).toString('base64url');
}

/**
 * What is stored of a token. A plain hash is enough where the input is random: there is nothing to guess.
 * Null for text that no token ever looked like.
 */
export function hashInvitationToken(token: string): Uint8Array<ArrayBuffer> | null {
  if (!tokenPattern.test(token)) return null;
  return new Uint8Array(createHash('sha256').update(token).digest());
}

const tokenBytes = 32;
/** 32 bytes are 43 characters of base64url. */
const tokenPattern = /^[A-Za-z0-9_-]{43}$/;
