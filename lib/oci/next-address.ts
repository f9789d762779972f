import { type Place, RedirectRefusedError, RegistryAnswerError } from './errors.ts';

/**
 * The address in a Location header, of a redirect or of an upload. https never becomes http. Such addresses are signed in many
 * clouds and so stand in no error.
 * @throws RegistryAnswerError, RedirectRefusedError
 */
export function nextAddress(options: {
  readonly location: string | null;
  /** The address of the request that was answered with it. */
  readonly from: URL;
  readonly place: Place;
  /** What the registry did: "redirected". */
  readonly verb: string;
}): URL {
  const { location, from, place, verb } = options;
  if (location === null || location.length > locationCharactersMax || !URL.canParse(location, from)) {
    throw new RegistryAnswerError({ place, why: `It ${verb} without a usable address.` });
  }
  const next = new URL(location, from);
  if (next.protocol !== 'https:' && next.protocol !== 'http:') {
    throw new RedirectRefusedError({ place, why: 'The address is neither https nor http.' });
  }
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw new RedirectRefusedError({
      place,
      why: `It ${verb} from https to plain http, which anybody on the way can read.`,
    });
  }
  if (next.username !== '' || next.password !== '') {
    throw new RedirectRefusedError({ place, why: 'The address holds a username or password.' });
  }
  next.hash = '';
  return next;
}

/** Signed addresses of clouds have up to about 2,000 characters. */
const locationCharactersMax = 8_192;
