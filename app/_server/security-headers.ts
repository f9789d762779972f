import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Puts the headers on every answer that keep a page to itself: it runs no script that this server did not write into
 * it, is shown in no frame, and sends its address nowhere. Next reads the policy from the request and marks its own
 * scripts with the nonce; ours read it from `x-nonce`.
 */
export function secure(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly isHttps: boolean },
): void {
  const nonce = randomBytes(16).toString('base64');
  const policy = contentSecurityPolicy(nonce, options);
  request.headers['content-security-policy'] = policy;
  request.headers['x-nonce'] = nonce;
  response.setHeader('content-security-policy', policy);
  for (const [name, value] of Object.entries(constantHeaders)) response.setHeader(name, value);
  if (options.isHttps) response.setHeader('strict-transport-security', `max-age=${hstsSeconds}`);
}

/** https://www.w3.org/TR/CSP3/ */
function contentSecurityPolicy(nonce: string, { isHttps }: { readonly isHttps: boolean }): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    // Style attributes place menus and draw meters; they cannot load or run anything.
    `style-src-elem 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(isHttps ? ['upgrade-insecure-requests'] : []),
  ].join('; ');
}

const constantHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not no-referrer, under which browsers hide the Origin of a form's POST, and that header is checked.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** Half a year. Only this host: what else lives under the domain is not ours to decide. */
const hstsSeconds = 15_552_000;
