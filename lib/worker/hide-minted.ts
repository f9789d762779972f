import type { Redactor } from '#lib/log/redact.ts';
import type { RegistryClient } from '#lib/oci/client.ts';

/**
 * Hides what the redactor knows and every token that the client has minted until then: tokens come while the work
 * runs, and whatever is said after that is free of them.
 *
 * @param client asked each time, for it is there only once the registry is known
 */
export function hideMinted(
  redactor: Redactor,
  client: () => RegistryClient | undefined,
): (text: string) => string {
  let tokensHidden = 0;
  return (text) => {
    const tokens = client()?.mintedTokens ?? [];
    for (; tokensHidden < tokens.length; tokensHidden += 1) redactor.add(tokens[tokensHidden] ?? '');
    return redactor.text(text);
  };
}
