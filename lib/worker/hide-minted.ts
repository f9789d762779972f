import type { Cleaner, Redactor } from '#lib/log/redact.ts';
import type { RegistryClient } from '#lib/oci/client.ts';

/**
 * Hides what the redactor knows and every token that the clients have minted until then: tokens come while the work
 * runs, and whatever is said after that is free of them.
 *
 * @param clients looked at each time, for one comes only once its registry is known
 */
export function hideMinted(redactor: Redactor, clients: readonly Minting[]): Cleaner {
  const tokensHidden = new Map<Minting, number>();
  const learn = () => {
    for (const client of clients) {
      const tokens = client.mintedTokens;
      for (const token of tokens.slice(tokensHidden.get(client) ?? 0)) redactor.add(token);
      tokensHidden.set(client, tokens.length);
    }
  };
  return {
    text(text) {
      learn();
      return redactor.text(text);
    },
    stream() {
      const stream = redactor.stream();
      return {
        push(chunk) {
          learn();
          return stream.push(chunk);
        },
        end: stream.end,
      };
    },
  };
}

/** A client of either side. */
export type Minting = Pick<RegistryClient, 'mintedTokens'>;
