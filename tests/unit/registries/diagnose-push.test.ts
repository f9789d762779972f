import { describe, expect, it } from 'vitest';
import {
  AccessDeniedError,
  ManifestUnknownError,
  RepositoryUnknownError,
  SignInRefusedError,
} from '#lib/oci/errors.ts';
import type { RegistrySecret } from '#lib/registries/binding.ts';
import { diagnosePush } from '#lib/registries/diagnose-push.ts';

const hub: RegistrySecret = {
  type: 'docker_hub',
  host: 'docker.io',
  values: { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: 'dckr_pat_x' },
};
const ecrHost = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const aws: RegistrySecret = {
  type: 'aws',
  host: '*.dkr.ecr.*.amazonaws.com',
  values: { AWS_REGION: 'eu-west-1' },
};
const ghcr: RegistrySecret = { ...hub, type: 'registry', host: 'ghcr.io' };
const googleHost = 'europe-west1-docker.pkg.dev';

function adviceFor(options: {
  readonly registry: string;
  readonly repository: string;
  readonly secret: RegistrySecret | null;
  readonly error: typeof AccessDeniedError | typeof RepositoryUnknownError | typeof SignInRefusedError;
  readonly said?: string;
}) {
  const { registry, repository, secret, said } = options;
  const place = { registry, repository };
  const error = new options.error({ place, hadCredentials: secret !== null, said, status: 403 });
  const explained = diagnosePush({ error, reference: place, secret });
  expect(explained).toBeInstanceOf(options.error);
  return (explained as AccessDeniedError).advice;
}

describe('a refused push says what to change', () => {
  it('at Docker Hub: the token is read-only', () => {
    const advice = adviceFor({
      registry: 'docker.io',
      repository: 'acme/app',
      secret: hub,
      error: AccessDeniedError,
    });
    expect(advice.what).toBe('Docker Hub does not let ines push to acme/app');
    expect(advice.next).toContain('Read & Write');
  });

  it('at Docker Hub: the sign-in, without advising a token for reading', () => {
    const advice = adviceFor({
      registry: 'docker.io',
      repository: 'acme/app',
      secret: hub,
      error: SignInRefusedError,
    });
    expect(advice.next).toContain('Read & Write');
    expect(advice.next).not.toContain('Read-only');
  });

  it('at ECR: the repository has to be created, with the command', () => {
    const said = "The repository with name 'team/app' does not exist in the registry with id '123456789012'";
    const advice = adviceFor({
      registry: ecrHost,
      repository: 'team/app',
      secret: aws,
      error: RepositoryUnknownError,
      said,
    });
    expect(advice.paste?.text).toBe(
      'aws ecr create-repository --repository-name team/app --registry-id 123456789012 --region eu-west-1',
    );
  });

  it('at ECR: the missing action, with the statement for this repository', () => {
    const said =
      'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-west-1:123456789012:repository/team/app because no identity-based policy allows the ecr:InitiateLayerUpload action';
    const advice = adviceFor({
      registry: ecrHost,
      repository: 'team/app',
      secret: aws,
      error: AccessDeniedError,
      said,
    });
    expect(advice.what).toBe('ECR does not let user ci push to team/app');
    expect(advice.why).toContain('ecr:InitiateLayerUpload');
    const { Action, Resource } = JSON.parse(advice.paste?.text ?? '') as {
      Action: string[];
      Resource: string;
    };
    expect(Action).toEqual(
      expect.arrayContaining(['ecr:PutImage', 'ecr:CompleteLayerUpload', 'ecr:UploadLayerPart']),
    );
    expect(Resource).toBe('arn:aws:ecr:eu-west-1:123456789012:repository/team/app');
  });

  it.each([
    ['Permission "artifactregistry.repositories.uploadArtifacts" denied', 'roles/artifactregistry.writer'],
    [
      'Repository "images" not found',
      'gcloud artifacts repositories create images --repository-format=docker',
    ],
  ])('at Google: %s', (said, command) => {
    const repository = 'my-project/images/app';
    const advice = adviceFor({
      registry: googleHost,
      repository,
      secret: null,
      error: AccessDeniedError,
      said,
    });
    expect(advice.paste?.text).toContain(command);
    expect(advice.paste?.text).toContain('--project=my-project --location=europe-west1');
  });

  it('at GitHub: the scope', () => {
    const advice = adviceFor({
      registry: 'ghcr.io',
      repository: 'acme/app',
      secret: ghcr,
      error: AccessDeniedError,
    });
    expect(advice.next).toContain('write:packages');
  });

  it.each(['docker.io', 'ghcr.io', ecrHost, 'registry.test'])(
    'at %s without a secret: choose one',
    (registry) => {
      const advice = adviceFor({ registry, repository: 'team/app', secret: null, error: AccessDeniedError });
      expect(advice.next).toContain('Choose a secret');
    },
  );

  it('and what is no matter of writing stays what it was', () => {
    const place = { registry: 'registry.test', repository: 'a/b', target: '1' };
    const error = new ManifestUnknownError({ place, hadCredentials: true });
    expect(diagnosePush({ error, reference: place, secret: ghcr })).toBe(error);
    const fault = new Error('fault');
    expect(diagnosePush({ error: fault, reference: place, secret: null })).toBe(fault);
  });
});
