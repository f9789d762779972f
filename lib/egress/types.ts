import type { Registries } from './registries-config.ts';

/**
 * The part of WHATWG fetch that registry traffic needs, as the guarded one of `egress.ts` has it. Where nothing is streamed
 * upwards `globalThis.fetch` does the same. Redirects are never followed by it: the registry client handles them by hand.
 * https://fetch.spec.whatwg.org/#fetch-method
 */
export type Fetch = (url: URL, init: FetchInit) => Promise<FetchResponse>;

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';

/** Bytes that are sent as they come. A request that has to be made anew opens them anew. */
export interface RequestBody {
  /** Exactly as many as `open` yields. */
  readonly sizeBytes: number;
  /** The memory of a piece may be used again once the next is asked for. What it throws is what the request fails with. */
  open(): AsyncIterable<Uint8Array>;
}

export interface FetchInit {
  readonly method: Method;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | RequestBody;
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
