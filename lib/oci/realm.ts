import type { Challenge } from './challenge.ts';
import { type Place, RedirectRefusedError, RegistryAnswerError } from './errors.ts';

/** What a Bearer challenge says about where tokens come from. */
export interface Realm {
  readonly url: URL;
  readonly service: string | undefined;
}

/**
 * Reads the realm out of a Bearer challenge. It is on https, or on http where the registry itself is so on purpose.
 * https://github.com/distribution/distribution/blob/v3.0.0/docs/content/spec/auth/token.md#how-to-authenticate
 * @throws RegistryAnswerError when there is no address; RedirectRefusedError when credentials must not go there
 */
export function readRealm(options: {
  readonly challenge: Challenge;
  readonly endpoint: URL;
  readonly allowPlainHttp: boolean;
  readonly place: Place;
}): Realm {
  const { challenge, endpoint, allowPlainHttp, place } = options;
  const { realm, service } = challenge.parameters;
  if (realm === undefined || !URL.canParse(realm)) {
    throw new RegistryAnswerError({
      place,
      why: 'It asks for a token, but names no address to get one from.',
    });
  }
  const url = new URL(realm);
  const isHttpTaken = url.protocol === 'http:' && endpoint.protocol === 'http:' && allowPlainHttp;
  if (url.protocol !== 'https:' && !isHttpTaken) {
    throw new RedirectRefusedError({
      place,
      why: 'Its token service is not on https, so credentials would cross the network readable.',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new RedirectRefusedError({
      place,
      why: 'The address of its token service holds a username or password.',
    });
  }
  url.hash = '';
  return { url, service: service === '' ? undefined : service };
}
