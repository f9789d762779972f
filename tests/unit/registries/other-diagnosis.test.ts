import { describe, expect, test } from 'vitest';
import { diagnoseOther } from '#lib/registries/other-diagnosis.ts';
import { errors, expectWords, explain, type Transcript } from './transcript.ts';

describe('other registries', () => {
  test.each<[string, Transcript, string, string | RegExp, RegExp]>([
    [
      'GHCR refuses a token that it does not know as it refuses a package',
      { registry: 'ghcr.io', token: [403, errors('DENIED', 'denied')] },
      'AccessDeniedError',
      'GitHub does not give acme/app to ines, or it does not exist',
      /wrong, expired or revoked, it lacks read:packages/,
    ],
    [
      'GHCR tells a token without its scope',
      {
        registry: 'ghcr.io',
        manifest: [
          403,
          errors('DENIED', 'permission_denied: The token provided does not match expected scopes.'),
        ],
      },
      'AccessDeniedError',
      'The token of ines may not read packages',
      /read:packages/,
    ],
    [
      'GHCR refuses a sign-in',
      { registry: 'ghcr.io', token: [401, errors('UNAUTHORIZED', 'authentication required')] },
      'SignInRefusedError',
      'GitHub refused the sign-in',
      /does not say which/,
    ],
    [
      'GHCR to whoever did not sign in',
      {
        registry: 'ghcr.io',
        account: null,
        token: [403, errors('DENIED', 'requested access to the resource is denied')],
      },
      'AccessDeniedError',
      'ghcr.io/acme/app may not be read, or does not exist',
      /nobody without credentials/,
    ],
    [
      'GitLab refuses a sign-in with 401',
      {
        registry: 'registry.gitlab.com',
        token: [
          401,
          errors(
            'UNAUTHORIZED',
            'HTTP Basic: Access denied. If a password was provided for Git authentication, …',
          ),
        ],
      },
      'SignInRefusedError',
      'GitLab refused the sign-in of ines',
      /read_registry/,
    ],
    [
      'GitLab refuses a sign-in with 403, at a host of one’s own',
      {
        registry: 'registry.tidewater.example:5050',
        token: [403, errors('DENIED', 'HTTP Basic: Access denied')],
      },
      'AccessDeniedError',
      'GitLab refused the sign-in of ines',
      /two-factor/,
    ],
    [
      'GitLab hides a project',
      { registry: 'registry.gitlab.com', token: [403, errors('DENIED', 'access forbidden')] },
      'AccessDeniedError',
      'GitLab does not give acme/app to ines, or it does not exist',
      /no member/,
    ],
    [
      'Quay refuses a robot',
      {
        registry: 'quay.io',
        account: 'acme+ci',
        token: [
          401,
          errors('UNAUTHORIZED', 'Could not find robot with username: acme+ci and supplied password.'),
        ],
      },
      'SignInRefusedError',
      'Quay refused the sign-in of acme+ci',
      /Could not find robot/,
    ],
    [
      'Quay hides a repository',
      {
        registry: 'quay.io',
        manifest: [401, errors('UNAUTHORIZED', 'access to the requested resource is not authorized')],
      },
      'AccessDeniedError',
      'Quay does not give acme/app to ines, or it does not exist',
      /not authorized/,
    ],
    [
      'Harbor hides a repository',
      {
        registry: 'harbor.tidewater.example',
        account: 'robot$ci',
        manifest: [
          401,
          errors('UNAUTHORIZED', 'unauthorized to access repository: acme/app, action: pull: unauthorized'),
        ],
      },
      'AccessDeniedError',
      'harbor.tidewater.example does not give acme/app to robot$ci, or it does not exist',
      /may not pull/,
    ],
    [
      'Harbor knows no such project',
      {
        registry: 'harbor.tidewater.example',
        manifest: [404, errors('NOT_FOUND', 'project acme not found')],
      },
      'ManifestUnknownError',
      'harbor.tidewater.example has no such project for acme/app',
      /project acme not found/,
    ],
    [
      'Harbor knows no such repository',
      {
        registry: 'harbor.tidewater.example',
        manifest: [404, errors('NOT_FOUND', 'repository acme/app not found')],
      },
      'ManifestUnknownError',
      'harbor.tidewater.example has no such repository for acme/app',
      /never made/,
    ],
    [
      'Harbor knows no such artifact',
      {
        registry: 'harbor.tidewater.example',
        manifest: [404, errors('NOT_FOUND', 'artifact acme/app:1 not found')],
      },
      'ManifestUnknownError',
      'harbor.tidewater.example/acme/app has no tag 1',
      /artifact acme\/app:1 not found/,
    ],
    [
      'Azure’s admin user is off',
      {
        registry: 'tidewater.azurecr.io',
        account: 'tidewater',
        token: [
          401,
          errors(
            'UNAUTHORIZED',
            'authentication required, visit https://aka.ms/acr/authorization for more information.',
          ),
        ],
      },
      'SignInRefusedError',
      'Azure refused the sign-in of tidewater',
      /admin user, which is off unless/,
    ],
    [
      'Azure’s token lacks its scope map',
      {
        registry: 'tidewater.azurecr.io',
        manifest: [
          401,
          errors(
            'UNAUTHORIZED',
            'authentication required, visit https://aka.ms/acr/authorization for more information.',
          ),
        ],
      },
      'AccessDeniedError',
      'Azure does not give acme/app to ines, or it does not exist',
      /AcrPull/,
    ],
    [
      'Azure’s firewall',
      {
        registry: 'tidewater.azurecr.io',
        token: [
          403,
          errors(
            'DENIED',
            'client with IP "203.0.113.7" is not allowed access. Refer https://aka.ms/acr/firewall',
          ),
        ],
      },
      'AccessDeniedError',
      'tidewater.azurecr.io does not let this server’s address in',
      /firewall/,
    ],
    [
      'a plain registry with a wrong password',
      {
        registry: 'registry.tidewater.example',
        isBasic: true,
        manifest: [401, errors('UNAUTHORIZED', 'authentication required')],
      },
      'SignInRefusedError',
      'registry.tidewater.example refused the sign-in',
      /wrong, expired or revoked/,
    ],
    [
      'a proxy’s page in a registry’s place',
      { registry: 'registry.tidewater.example', manifest: [403, '<html><h1>Forbidden</h1></html>'] },
      'AccessDeniedError',
      'registry.tidewater.example/acme/app may not be read, or does not exist',
      /gives the same answer/,
    ],
  ])('%s', async (_what, transcript, name, what, why) => {
    const { shown, ...found } = await explain(transcript, diagnoseOther);
    expect(found.name).toBe(name);
    expect(shown.what).toEqual(typeof what === 'string' ? what : expect.stringMatching(what));
    expect(shown.why).toMatch(why);
    expectWords(shown);
  });
});
