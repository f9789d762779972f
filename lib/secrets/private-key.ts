import { fromBase64 } from './base64.ts';

export type KeyProblem = 'no_pem' | 'other_kind' | 'truncated' | 'garbled';

/**
 * Reads a PKCS #8 private key in PEM whose line ends may be doubled (`\\n`), eaten, or turned into spaces, and writes it
 * with true ones: what stands between the armour is base64, where white space means nothing.
 * https://www.rfc-editor.org/rfc/rfc7468.html#section-10
 */
export function readPrivateKey(text: string): { readonly pem: string } | { readonly problem: KeyProblem } {
  const plain = text.replace(/(?:\\+r)?\\+n/g, '\n').trim();
  const begin = /^-----BEGIN ([A-Z ]*PRIVATE KEY)-----/.exec(plain);
  if (begin === null) return { problem: 'no_pem' };
  if (begin[1] !== 'PRIVATE KEY') return { problem: 'other_kind' };
  const end = plain.indexOf('-----END');
  if (end === -1 || !plain.endsWith('-----END PRIVATE KEY-----')) return { problem: 'truncated' };
  const body = plain.slice(begin[0].length, end).replace(/\s/g, '');
  const der = /^[A-Za-z0-9+/]*={0,2}$/.test(body) ? fromBase64(body) : undefined;
  if (der === undefined) return { problem: body.length % 4 === 0 ? 'garbled' : 'truncated' };
  const wholeBytes = sequenceBytes(der);
  if (wholeBytes === undefined) return { problem: 'garbled' };
  if (der.length !== wholeBytes) return { problem: der.length < wholeBytes ? 'truncated' : 'garbled' };
  const lines = body.match(/.{1,64}/g) ?? [];
  return { pem: [begin[0], ...lines, '-----END PRIVATE KEY-----', ''].join('\n') };
}

/** How long the DER SEQUENCE that begins here says it is, its head included; undefined when none begins here. */
function sequenceBytes(der: Uint8Array): number | undefined {
  const [tag, first = 0] = der;
  if (tag !== 0x30) return undefined;
  if (first < 0x80) return 2 + first;
  const lengthBytes = first & 0x7f;
  if (lengthBytes === 0 || lengthBytes > 3 || der.length < 2 + lengthBytes) return undefined;
  const length = der.subarray(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  return 2 + lengthBytes + length;
}
