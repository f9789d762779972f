import type { Registries } from './registries-config.ts';

/**
 * The part of WHATWG fetch that registry traffic needs. `globalThis.fetch` fits, and so does the guarded one
 * that `egress.ts` makes. Redirects are never followed by it: the registry client handles them by hand.
 * https://fetch.spec.whatwg.org/#fetch-method
 */
export type Fetch = (url: URL, init: FetchInit) => Promise<FetchResponse>;

export interface FetchInit {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /**
   * Null where the answer has no body. Must be read to its end or cancelled through the signal. A chunk is good until the next
   * is asked for: whoever keeps it longer copies it.
   */
  readonly body: AsyncIterable<Uint8Array> | null;
}

/**
 * The way to one registry as plain data, from which another thread opens it anew: under the same rules, with the same guard,
 * over connections of its own.
 */
export interface Way {
  readonly registries: Registries;
  /** As references have it. */
  readonly host: string;
}

/** A place that may hold copies of what a registry serves. It is asked without credentials. */
export interface Mirror {
  /** Its base address; a path in it is kept. */
  readonly url: URL;
  readonly fetch: Fetch;
}
