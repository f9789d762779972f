import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from '#lib/oci/client.ts';
import type { Fetch } from '#lib/oci/types.ts';
import type { HostileServer } from './hostile-server.ts';

export interface TestClient extends RegistryClient {
  /** Milliseconds of each wait that the client asked for; none is really waited. */
  readonly waits: readonly number[];
  /** Moves the client's clock. */
  advance(ms: number): void;
}

/** A client of a loopback server over plain fetch, with a clock of its own, full jitter at its highest, and no waits. */
export function makeClient(
  server: Pick<HostileServer, 'host' | 'url'>,
  options: Partial<RegistryClientOptions> = {},
): TestClient {
  const waits: number[] = [];
  let now = Date.parse('2026-11-23T10:00:00Z');
  const client = createRegistryClient({
    registry: server.host,
    endpoint: server.url,
    fetch: globalThis.fetch as Fetch,
    clock: () => now,
    random: () => 1,
    sleep: async (ms) => {
      waits.push(ms);
    },
    ...options,
  });
  return Object.create(client, {
    waits: { value: waits },
    advance: {
      value: (ms: number) => {
        now += ms;
      },
    },
  });
}

/** What a promise rejects with. @throws when it resolves. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<Error & { readonly advice: { readonly why: string } }> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Error & { readonly advice: { readonly why: string } };
  }
  throw new Error(`It resolved: ${JSON.stringify(value)}`);
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** Everything that an error says, its causes included: where a secret could have gone. */
export function wordsOf(error: unknown): string {
  const words: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) {
    words.push(current.name, current.message, current.stack ?? '', JSON.stringify(current));
  }
  return words.join('\n');
}
