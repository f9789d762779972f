import { isIP } from 'node:net';
import type { Answer } from './hop.ts';
import { plain } from './plain-text.ts';
import type { RateLimit } from './types.ts';

/** What a registry says beside its answers: where the caller stands, and notes for people. */
export interface AnswerFacts {
  readonly rateLimit: RateLimit | undefined;
  readonly warnings: readonly string[];
  /** Takes in an answer of the registry itself; one of its token service or of a cloud behind it says other things. */
  note(answer: Answer): void;
}

export function createAnswerFacts(registryOrigin: string): AnswerFacts {
  let rateLimit: RateLimit | undefined;
  const warnings: string[] = [];
  return {
    get rateLimit() {
      return rateLimit;
    },
    warnings,
    note(answer) {
      if (answer.url.origin !== registryOrigin) return;
      rateLimit = readRateLimit(answer.headers) ?? rateLimit;
      for (const text of readWarnings(answer.headers.get('warning'))) {
        if (warnings.length < warningsMax && !warnings.includes(text)) warnings.push(text);
      }
    },
  };
}

/**
 * `ratelimit-limit: 100;w=21600`, `ratelimit-remaining: 76;w=21600`, as Docker Hub sends them.
 * https://docs.docker.com/docker-hub/usage/pulls/#view-pull-rate-and-limit
 */
export function readRateLimit(headers: Answer['headers']): RateLimit | undefined {
  const limit = readCount(headers.get('ratelimit-limit'));
  const remaining = readCount(headers.get('ratelimit-remaining'));
  if (limit === undefined || remaining === undefined) return undefined;
  return {
    limit: limit.count,
    remaining: remaining.count,
    windowSeconds: limit.windowSeconds ?? remaining.windowSeconds,
    ...sourceOf(headers.get('docker-ratelimit-source')),
  };
}

/**
 * Texts of `Warning: 299 - "text"`, several separated by commas. Other codes and agents are not for people here.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
 */
export function readWarnings(header: string | null): string[] {
  const found = (header ?? '').slice(0, warningCharactersMax).matchAll(/299 - "((?:[^"\\]|\\.)*)"/g);
  return [...found].map(([, text = '']) => plain(text.replace(/\\(.)/g, '$1'), warningCharactersMax));
}

/** Docker Hub names the address that it counts for, or the id of the account. The address itself is not kept. */
function sourceOf(header: string | null): Pick<RateLimit, 'source'> {
  const source = header?.trim() ?? '';
  if (source === '') return {};
  // Of IPv6 it counts networks.
  return { source: isIP(source.replace(/\/\d+$/, '')) === 0 ? 'account' : 'address' };
}

/** A hostile registry may send a new one with every answer. */
const warningsMax = 20;
/** The specification bounds all warnings of an answer together at 4,096 bytes. */
const warningCharactersMax = 4_096;

function readCount(
  value: string | null,
): { readonly count: number; readonly windowSeconds: number | undefined } | undefined {
  const match = /^\s*(\d{1,12})(?:\s*;\s*w=(\d{1,9}))?/.exec(value ?? '');
  if (match === null) return undefined;
  return { count: Number(match[1]), windowSeconds: match[2] === undefined ? undefined : Number(match[2]) };
}
