/**
 * The body of a request in memory, or null as soon as it is longer than `bytesMax`: whoever is not signed in may send
 * anything, and Next bounds the bodies of server actions alone.
 */
export async function boundedBody(
  request: Request,
  options: { readonly bytesMax: number },
): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    // Leaving the loop cancels the body: nothing more of it is read.
    if (length > options.bytesMax) return null;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks, length));
}
