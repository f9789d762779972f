/** `sha256:0123456789ab`: enough to tell blobs apart by eye. */
export function shortDigest(digest: string): string {
  const colon = digest.indexOf(':');
  return digest.slice(0, colon + 13);
}

/**
 * Foreign text made fit for one line of a message: no control characters, no halves of characters, which no database
 * takes, no queries of addresses, bounded.
 */
export function plain(text: string, charactersMax: number): string {
  const line = text
    // First of all: the patterns below take time by the square of a text that is made for it.
    .slice(0, 4 * charactersMax)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/\?\S*=\S*/g, '?…')
    .trim();
  if (line.length <= charactersMax) return line.toWellFormed();
  return `${line.slice(0, charactersMax).replace(/[\ud800-\udbff]$/, '')}…`.toWellFormed();
}
