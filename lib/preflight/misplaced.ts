import { formatReference, type Reference } from '#lib/oci/reference.ts';
import { isDockerHubHost } from '#lib/registries/docker-hub.ts';
import { isEcrHost } from '#lib/registries/ecr.ts';
import { kindOfHost, registryKindNames } from '#lib/registries/host-kind.ts';
import { MisplacedReferenceError } from './check-errors.ts';

/**
 * References whose form is right and that still can name no image: one registry's address behind another's, half an address
 * of a cloud, the address of a web page.
 * @throws MisplacedReferenceError that says what to write instead.
 */
export function refuseMisplaced(reference: Reference): void {
  refuseBehindDockerHub(reference);
  refuseHalfEcr(reference);
  refuseShortPath(reference);
  refuseWebPage(reference);
}

/** Names on Docker Hub have no dots before the first slash: https://docs.docker.com/docker-hub/repos/create/ */
function refuseBehindDockerHub(reference: Reference): void {
  const { registry, repository } = reference;
  const [first = '', ...rest] = repository.split('/');
  if (!isDockerHubHost(registry) || !first.includes('.') || rest.length === 0) return;
  const kind = kindOfHost(first);
  const whose = kind === 'registry' ? `the registry ${first}` : registryKindNames[kind];
  const inner = formatReference({ ...reference, registry: first, repository: rest.join('/') });
  throw new MisplacedReferenceError({
    what: `This image is not on Docker Hub`,
    why: `After ${registry}/ stands the address of ${whose}, so it would be looked for on Docker Hub under that name.`,
    next: `Write ${inner}, and choose a secret for ${first} if the image is private.`,
  });
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html */
function refuseHalfEcr({ registry }: Reference): void {
  if (isEcrHost(registry) || !/(?:^|[.-])ecr[.-].*(?:amazonaws\.|\.on\.aws)/.test(registry.toLowerCase()))
    return;
  const account = /^([^.]*)\.dkr/.exec(registry)?.[1];
  const why =
    account === undefined
      ? 'It lacks the account and “dkr” at its beginning.'
      : /^\d{12}$/.test(account)
        ? 'What follows the account is not .dkr.ecr., a region and amazonaws.com.'
        : `Before .dkr has to stand the number of an account, 12 digits; “${account}” has ${account.length} characters.`;
  throw new MisplacedReferenceError({
    what: `${registry} is not the address of an ECR registry`,
    why,
    next: 'Copy the image URI from the repository’s page in the AWS console, like 111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1.4.',
  });
}

/** https://cloud.google.com/artifact-registry/docs/docker/names */
function refuseShortPath({ registry, repository }: Reference): void {
  if (kindOfHost(registry) !== 'gcp') return;
  const isPackageHost = registry.toLowerCase().endsWith('-docker.pkg.dev');
  const partsMin = isPackageHost ? 3 : 2;
  const parts = repository.split('/').length;
  if (parts >= partsMin) return;
  const form = isPackageHost ? 'PROJECT/REPOSITORY/IMAGE' : 'PROJECT/IMAGE';
  throw new MisplacedReferenceError({
    what: `${repository} is not the path of an image on ${registry}`,
    why: `There a path is ${form}; this one has ${parts === 1 ? '1 part' : `${parts} parts`}.`,
    next: 'Copy the path from the image’s page in the Google Cloud console.',
  });
}

/** Addresses that people copy from the browser. */
const registryOfPage: ReadonlyMap<string, string> = new Map([
  ['hub.docker.com', 'docker.io'],
  ['github.com', 'ghcr.io'],
  ['gitlab.com', 'registry.gitlab.com'],
]);

function refuseWebPage({ registry, repository }: Reference): void {
  const host = registryOfPage.get(registry.toLowerCase());
  if (host === undefined) return;
  // Pages of Docker Hub lie under /r/.
  const path = host === 'docker.io' ? repository.replace(/^r\//, '') : repository;
  throw new MisplacedReferenceError({
    what: `${registry} is a website, not a registry`,
    why: `Its images are served by ${host}.`,
    next: `Write ${host}/${path}, if that is what the image is called there.`,
  });
}
