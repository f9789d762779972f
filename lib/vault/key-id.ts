/** The name of a public key: the first 16 hex digits of SHA-256 over its raw bytes. */
export async function keyIdOf(publicKey: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(publicKey));
  return [...new Uint8Array(hash).subarray(0, idBytes)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

const idBytes = 8;
