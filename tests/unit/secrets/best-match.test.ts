import { describe, expect, it } from 'vitest';
import { bestMatch, type MatchableSecret } from '#lib/secrets/best-match.ts';

const whole: MatchableSecret = {
  name: 'whole',
  type: 'registry',
  host: 'ghcr.io',
  repositories: [],
  lastUsedAt: null,
  state: 'accepted',
};
const acme = { ...whole, name: 'acme', repositories: ['acme/*'] };
const app = { ...whole, name: 'app', repositories: ['web/*', 'acme/app'] };
const quay = { ...whole, name: 'quay', host: 'quay.io' };
const refused = { ...acme, name: 'refused', state: 'refused' as const };
const used = (secret: MatchableSecret, name: string, lastUsedAt: string) => ({ ...secret, name, lastUsedAt });
const reference = { registry: 'ghcr.io', repository: 'acme/app' };

describe('the secret that a reference asks for', () => {
  it.each<readonly [string, readonly MatchableSecret[], string | null, string]>([
    ['nothing saved', [], null, 'no secret is for ghcr.io'],
    ['another host', [quay], null, 'no secret is for ghcr.io'],
    ['a refused one', [refused], null, 'no secret is for ghcr.io'],
    ['one for the host', [quay, whole], 'whole', 'the only secret for ghcr.io'],
    ['one for the repository', [acme], 'acme', 'it is for acme/*'],
    ['a pattern before none', [whole, acme], 'acme', 'acme/* is the closest pattern'],
    ['the closest pattern', [acme, app, whole], 'app', 'acme/app is the closest pattern'],
    [
      'one that is for other repositories',
      [{ ...acme, repositories: ['web/*'] }],
      null,
      'the secrets for ghcr.io are for other repositories',
    ],
    [
      'the whole host where no pattern fits',
      [{ ...acme, repositories: ['web/*'] }, whole],
      'whole',
      'the only one for all of ghcr.io',
    ],
    [
      'equals, one used',
      [whole, used(whole, 'older', '2026-11-01T10:00:00Z'), used(whole, 'newer', '2026-11-02T10:00:00Z')],
      'newer',
      'the last used of 3 for all of ghcr.io',
    ],
    [
      'equals by pattern, none used',
      [{ ...acme, name: 'b' }, { ...acme, name: 'a' }, whole],
      'a',
      'the first by name of 2 for acme/*, none of which was used yet',
    ],
  ])('%s', (_, secrets, name, why) => {
    const match = bestMatch({ reference, secrets });
    expect(match.secret?.name ?? null).toBe(name);
    expect(match.why).toBe(why);
    expect(bestMatch({ reference, secrets: secrets.toReversed() })).toEqual(match);
  });
});
