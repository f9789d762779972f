import type { Advice, Paste } from '#lib/errors/slipway-error.ts';
import { ManifestUnknownError, quoted, type RefusalError, RepositoryUnknownError } from '#lib/oci/errors.ts';
import { type GoogleRepository, googleRepositoryOf, locationOfGoogleHost } from './artifact-registry.ts';
import { shellWord } from './shell-word.ts';

/**
 * What a refusal of one of Google's registries means, with the one command that changes it; undefined where the protocol's
 * own words say it all. `account` is the service account that asked.
 * https://cloud.google.com/artifact-registry/docs/troubleshooting
 */
export function diagnoseGoogle(error: RefusalError, account: string | undefined): Advice | undefined {
  const { place, said = '' } = error.refusal;
  const where = googleRepositoryOf(place);
  if (where === undefined) {
    return locationOfGoogleHost(place.registry) === undefined || place.repository === undefined
      ? undefined
      : pathTooShort(place.registry, place.repository);
  }
  const known = byWords.find(({ pattern }) => pattern.test(said));
  if (known !== undefined) return known.advice(where, said);
  if (error instanceof RepositoryUnknownError) return repositoryMissing(where, said);
  if (error instanceof ManifestUnknownError) return undefined;
  return denied(error, where, account);
}

/** Google tells these apart in words alone: its code is DENIED for all of them. */
const byWords: readonly {
  readonly pattern: RegExp;
  readonly advice: (where: GoogleRepository, said: string) => Advice;
}[] = [
  { pattern: /has not been used in project|SERVICE_DISABLED/i, advice: apiOff },
  { pattern: /\bbilling\b/i, advice: noBilling },
  { pattern: /vpc.?service.?controls|prohibited by organization/i, advice: perimeter },
  { pattern: /\bupstream\b/i, advice: upstreamRefuses },
  { pattern: /\bproject\b.*(?:not found|deleted|does not exist)/i, advice: projectMissing },
  { pattern: /repo(?:sitory)?\b.*(?:not found|does not exist)/i, advice: repositoryMissing },
];

function denied(error: RefusalError, where: GoogleRepository, account: string | undefined): Advice {
  const { hadCredentials, status, said } = error.refusal;
  const { project, location, repository } = where;
  const name = `${repository} in project ${project}`;
  if (!hadCredentials) {
    return {
      what: `${name} may not be read without signing in, or does not exist`,
      why: `Google gives the same answer for both.${quoted(said)}`,
      next: 'Choose the secret of a service account that may read it. If there is one already, check the spelling of project and repository.',
    };
  }
  if (status === 401) {
    return {
      what: 'Google’s registry does not take the access token that Google just gave',
      why: `${account ?? 'The service account'} may have been disabled in between.${quoted(said)}`,
      next: 'Check in the Google Cloud console that the account is active, and run it again.',
    };
  }
  return {
    what: `${account ?? 'This service account'} may not read ${name}, or it does not exist`,
    why: `It needs the role Artifact Registry Reader on that repository (${location}); Google gives the same answer for a repository that is missing.${quoted(said)}`,
    next: 'Have somebody who manages the project run this command, and try again in a minute. If it finds no such repository, check the spelling.',
    ...(account === undefined ? {} : { paste: grantCommand(where, account) }),
  };
}

/** https://cloud.google.com/sdk/gcloud/reference/artifacts/repositories/add-iam-policy-binding */
function grantCommand({ project, location, repository }: GoogleRepository, account: string): Paste {
  const words = [
    `gcloud artifacts repositories add-iam-policy-binding ${shellWord(repository)}`,
    `--project=${shellWord(project)}`,
    `--location=${shellWord(location)}`,
    `--member=${shellWord(`serviceAccount:${account}`)}`,
    '--role=roles/artifactregistry.reader',
  ];
  return { title: 'gcloud command', text: words.join(' ') };
}

function apiOff({ project }: GoogleRepository): Advice {
  return {
    what: `The Artifact Registry API is off in project ${project}`,
    why: 'Google serves no image of a project before its API is on. It says the same for some projects that do not exist.',
    next: 'Have somebody who manages the project run this command, and try again in some minutes. If it finds no such project, check the spelling.',
    paste: {
      title: 'gcloud command',
      text: `gcloud services enable artifactregistry.googleapis.com --project=${shellWord(project)}`,
    },
  };
}

function noBilling({ project }: GoogleRepository, said: string): Advice {
  return {
    what: `Project ${project} has no active billing`,
    why: `Google serves its images again once the project pays.${quoted(said)}`,
    next: 'Have somebody who manages the project link a billing account to it.',
  };
}

function perimeter({ project }: GoogleRepository, said: string): Advice {
  return {
    what: `A service perimeter of the organisation keeps project ${project} from being read from here`,
    why: `VPC Service Controls let requests in from known networks alone, whatever roles the account has.${quoted(said)}`,
    next: 'Have an administrator of the organisation allow this server’s address or this account in an access level.',
  };
}

function upstreamRefuses({ project, location, repository }: GoogleRepository, said: string): Advice {
  return {
    what: `The upstream of ${repository} in project ${project} does not give out this image`,
    why: `${repository} (${location}) is a remote repository: Google fetches from another registry, which refused or could not be reached.${quoted(said)}`,
    next: 'Check the image’s name there, and the credentials for the upstream in the repository’s settings in Artifact Registry.',
  };
}

function projectMissing({ project }: GoogleRepository, said: string): Advice {
  return {
    what: `Google has no project ${project}`,
    why: `It does not exist, or it was deleted.${quoted(said)}`,
    next: 'Check the spelling: the part after the host is the project’s ID, not its name or number.',
  };
}

function repositoryMissing({ project, location, repository }: GoogleRepository, said: string): Advice {
  return {
    what: `Project ${project} has no repository ${repository} in ${location}`,
    why: `It does not exist, or it is in another location.${quoted(said)}`,
    next: 'Look up the repositories that the project has, and their locations, with this command.',
    paste: {
      title: 'gcloud command',
      text: `gcloud artifacts repositories list --project=${shellWord(project)}`,
    },
  };
}

function pathTooShort(registry: string, path: string): Advice {
  const isPackageHost = registry.toLowerCase().endsWith('.pkg.dev');
  return {
    what: `${registry}/${path} names no image`,
    why: `A path on this host is ${isPackageHost ? 'PROJECT/REPOSITORY/IMAGE' : 'PROJECT/IMAGE'}; a part of it is missing.`,
    next: 'Copy the whole path of the image from the Artifact Registry page of the Google Cloud console.',
  };
}
