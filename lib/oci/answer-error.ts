import type { SlipwayError } from '#lib/errors/slipway-error.ts';
import { isObject } from './descriptor.ts';
import {
  AccessDeniedError,
  ManifestUnknownError,
  type Place,
  RegistryAnswerError,
  RepositoryUnknownError,
  SignInRefusedError,
} from './errors.ts';
import { plain } from './plain-text.ts';
import { RateLimitedError } from './rate-limited-error.ts';

/** One entry of an error body, and its text where that may be shown. */
export interface SaidError {
  readonly code: string;
  readonly said: string | undefined;
}

/** Error bodies are a few hundred bytes; HTML error pages of proxies are larger and say nothing more. */
export const errorBodyBytesMax = 64 * 1024;

/**
 * The first entry of a JSON error body. A message that repeats one of `secrets` is dropped.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export function parseErrorBody(bytes: Uint8Array, secrets: readonly string[]): SaidError | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (!isObject(json)) return undefined;
  const { errors, details } = json;
  const [first]: unknown[] = Array.isArray(errors) ? errors : [{ code: '', message: details }];
  if (!isObject(first)) return undefined;
  const { code, message } = first;
  const said = typeof message === 'string' && message !== '' ? message : undefined;
  const leaks = said !== undefined && secrets.some((secret) => secret !== '' && said.includes(secret));
  return {
    code: typeof code === 'string' ? code.toUpperCase() : '',
    said: leaks ? undefined : said,
  };
}

/**
 * The error for an answer that is no success. Its code counts before its status, because registries differ in the
 * statuses they use.
 */
export function answerError(options: {
  readonly status: number;
  readonly error: SaidError | undefined;
  readonly place: Place;
  readonly hadCredentials: boolean;
  readonly isElsewhere: boolean;
}): SlipwayError {
  const { status, place, hadCredentials, isElsewhere } = options;
  // A cloud that the registry redirected to speaks no registry language, and its text may repeat a signed address.
  if (isElsewhere) {
    return new RegistryAnswerError({
      place,
      why: `It redirected to another host, which answered ${status}.`,
      next: 'Try again: such addresses expire. If it happens again, the storage behind the registry refuses access.',
    });
  }
  const { code = '', said } = options.error ?? {};
  const refusal = { place, hadCredentials, said, status };
  // A limit that hides behind another status; an answer 429 never comes here.
  if (code === 'TOOMANYREQUESTS') return new RateLimitedError(refusal);
  if (status === 401 && place.repository === undefined) return new SignInRefusedError(refusal);
  if (status === 401 || status === 403 || code === 'UNAUTHORIZED' || code === 'DENIED') {
    return new AccessDeniedError(refusal);
  }
  if (code === 'NAME_UNKNOWN') return new RepositoryUnknownError(refusal);
  if (status === 404 && place.target !== undefined) return new ManifestUnknownError(refusal);
  if (code === 'MANIFEST_UNKNOWN') return new ManifestUnknownError(refusal);
  return new RegistryAnswerError({
    place,
    why: `It answered ${status}${said === undefined ? '.' : `: “${plain(said, 300)}”.`}`,
  });
}
