/** What of its base tells a build from an earlier one; undefined where it is the same. */
export function whyBase(
  now: { readonly reference: string; readonly digest: string; readonly platform: string },
  earlier: { readonly number: number; readonly digest: string; readonly platform: string },
): string | undefined {
  if (earlier.platform !== now.platform) {
    return `The platform is ${now.platform}; in #${earlier.number} it was ${earlier.platform}`;
  }
  if (earlier.digest === now.digest) return undefined;
  return `Base digest moved (${now.reference}: ${short(earlier.digest)} -> ${short(now.digest)})`;
}

/** The four digits by which people tell two digests apart in a sentence. */
export function short(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 4);
}
