import { clip } from '#lib/errors/clip.ts';
import type { Cleaner } from '#lib/log/redact.ts';

/**
 * What a program said, as an error repeats it. Sensitive values are taken out of all of it before it is cut: half of a value is not
 * known as one any more.
 */
export function quote(
  said: string,
  options: { readonly clean: Cleaner['text']; readonly charactersMax: number },
): string {
  return clip(options.clean(said), options.charactersMax);
}
