import { describe, expect, test } from 'vitest';
import { diagnoseDockerHub } from '#lib/registries/docker-hub-diagnosis.ts';
import { errors, expectWords, explain, type Transcript } from './transcript.ts';

describe('Docker Hub', () => {
  const registry = 'docker.io';
  test.each<[string, Partial<Transcript>, string, string | RegExp, RegExp]>([
    [
      'names both causes of a refused sign-in',
      { token: [401, { details: 'incorrect username or password' }] },
      'SignInRefusedError',
      'Docker Hub refused the sign-in of ines',
      /two-factor sign-in .*incorrect username or password/,
    ],
    [
      'knows an e-mail address when it sees one',
      { account: 'ines@tidewater.example', token: [401, { details: 'incorrect username or password' }] },
      'SignInRefusedError',
      'Docker Hub refused the sign-in',
      /Docker ID/,
    ],
    [
      'tells a token that has expired',
      { token: [401, { details: 'personal access token is expired' }] },
      'SignInRefusedError',
      'The access token of ines has expired',
      /does not take it any more/,
    ],
    [
      'tells a token without read permission',
      { manifest: [401, errors('UNAUTHORIZED', 'access token has insufficient scopes')] },
      'AccessDeniedError',
      'The access token may not read acme/app',
      /made for less/,
    ],
    [
      'names all causes where a repository is hidden or missing',
      { manifest: [401, errors('UNAUTHORIZED', 'authentication required')] },
      'AccessDeniedError',
      'acme/app does not exist on Docker Hub, or ines may not read it',
      /on purpose answers the same/,
    ],
    [
      'names both causes to whoever did not sign in',
      { account: null, manifest: [401, errors('UNAUTHORIZED', 'authentication required')] },
      'AccessDeniedError',
      'acme/app does not exist on Docker Hub, or is private',
      /without signing in/,
    ],
    [
      'knows that official images are public',
      {
        account: null,
        repository: 'library/pyhton',
        manifest: [401, errors('UNAUTHORIZED', 'authentication required')],
      },
      'AccessDeniedError',
      'pyhton does not exist on Docker Hub, or is private',
      /official images/,
    ],
    [
      'says that a tag is missing, which it tells to those alone who may read',
      { manifest: [404, errors('MANIFEST_UNKNOWN', 'manifest unknown')] },
      'ManifestUnknownError',
      'docker.io/acme/app has no tag 1',
      /never pushed/,
    ],
  ])('%s', async (_what, transcript, name, what, why) => {
    const { shown, ...found } = await explain({ registry, ...transcript }, diagnoseDockerHub);
    expect(found.name).toBe(name);
    expect(shown.what).toEqual(typeof what === 'string' ? what : expect.stringMatching(what));
    expect(shown.why).toMatch(why);
    expectWords(shown);
  });
});
