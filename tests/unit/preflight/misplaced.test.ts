import { describe, expect, it } from 'vitest';
import { parseReference } from '#lib/oci/reference.ts';
import { MisplacedReferenceError } from '#lib/preflight/check-errors.ts';
import { refuseMisplaced } from '#lib/preflight/misplaced.ts';

describe('a reference that can name no image', () => {
  it.each([
    [
      'docker.io/111122223333.dkr.ecr.eu-west-1.amazonaws.com/ml/app:1.4',
      'After docker.io/ stands the address of AWS ECR',
      'Write 111122223333.dkr.ecr.eu-west-1.amazonaws.com/ml/app:1.4,',
    ],
    ['docker.io/ghcr.io/acme/app', 'the address of the registry ghcr.io', 'Write ghcr.io/acme/app:latest,'],
    ['1111.dkr.ecr.eu-west-1.amazonaws.com/app', '“1111” has 4 characters', 'Copy the image URI'],
    ['api.ecr.eu-west-1.amazonaws.com/app', 'It lacks the account', 'Copy the image URI'],
    ['111122223333.dkr.ecr.amazonaws.com/app', 'What follows the account', 'Copy the image URI'],
    [
      'europe-west1-docker.pkg.dev/acme/app',
      'PROJECT/REPOSITORY/IMAGE; this one has 2 parts',
      'Copy the path',
    ],
    ['gcr.io/app', 'PROJECT/IMAGE; this one has 1 part', 'Copy the path'],
    ['hub.docker.com/r/acme/app', 'served by docker.io', 'Write docker.io/acme/app,'],
    ['github.com/acme/app', 'served by ghcr.io', 'Write ghcr.io/acme/app,'],
  ])('%s is told what is wrong', (text, why, next) => {
    const refuse = () => refuseMisplaced(parseReference(text));
    expect(refuse).toThrow(MisplacedReferenceError);
    expect(refuse).toThrow(
      expect.objectContaining({
        advice: expect.objectContaining({
          why: expect.stringContaining(why),
          next: expect.stringContaining(next),
        }),
      }),
    );
  });

  it.each([
    'ubuntu',
    'acme/app:1.4',
    'ghcr.io/acme/app.web',
    'registry.example.com/docker.io/library/ubuntu',
    '111122223333.dkr.ecr.eu-west-1.amazonaws.com/app',
    '111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/app',
    '111122223333.dkr-ecr.eu-west-1.on.aws/app',
    'public.ecr.aws/docker/library/ubuntu',
    'europe-west1-docker.pkg.dev/acme/images/app',
    'europe-west1-docker.pkg.dev/example.com/acme/images/app',
    'eu.gcr.io/acme/app',
  ])('%s is none', (text) => {
    expect(() => refuseMisplaced(parseReference(text))).not.toThrow();
  });
});
