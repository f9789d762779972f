import type { Advice } from '#lib/errors/slipway-error.ts';
import {
  AccessDeniedError,
  ManifestUnknownError,
  quoted,
  type RefusalError,
  RepositoryUnknownError,
} from '#lib/oci/errors.ts';
import { elsewhere, isElsewhere } from './aws-advice.ts';
import { type Denial, iamArnOf, readDenial } from './aws-denial.ts';
import type { RegistrySecret } from './binding.ts';
import type { EcrHost } from './ecr.ts';
import { pullStatement, repositoryPolicy } from './iam-policy.ts';

/**
 * What a refusal of a private ECR registry means, with the statement to add where a permission is missing.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html
 */
export function diagnoseEcr(
  error: RefusalError,
  options: { readonly host: EcrHost; readonly secret: RegistrySecret | null },
): Advice {
  const { place, hadCredentials, said } = error.refusal;
  if (!hadCredentials) return secretNeeded(options.host);
  const asked: Asked = { ...options, said, path: place.repository ?? '' };
  if (error instanceof RepositoryUnknownError) return repositoryMissing(asked);
  if (error instanceof ManifestUnknownError) return { ...error.advice, why: imageMissingWhy };
  if (!(error instanceof AccessDeniedError)) return passwordRefused(asked);
  const denial = readDenial(said);
  if (denial !== undefined) return denied(denial, asked);
  // Without words, what was asked for tells which action it took.
  return deniedInSilence(
    place.target === undefined ? 'ecr:GetDownloadUrlForLayer' : 'ecr:BatchGetImage',
    asked,
  );
}

interface Asked {
  readonly host: EcrHost;
  readonly secret: RegistrySecret | null;
  /** Of the repository; empty where none was asked for. */
  readonly path: string;
  readonly said: string | undefined;
}

const refusedWhat = 'ECR refused to hand over the image';

const imageMissingWhy =
  'It was never pushed there, or it was deleted, perhaps by a lifecycle policy of the repository.';

function secretNeeded({ accountId, region }: EcrHost): Advice {
  return {
    what: 'This ECR registry is private',
    why: `Account ${grouped(accountId)} in ${region} serves nobody without a sign-in.`,
    next: 'Choose a secret of the type AWS ECR whose key may pull from there, or save one first.',
  };
}

function denied(denial: Denial, asked: Asked): Advice {
  if (isElsewhere(denial)) return { what: refusedWhat, ...elsewhere(denial) };
  const { principal, accountId, action, missingIn } = denial;
  const { host, path } = asked;
  if (accountId !== host.accountId && missingIn !== 'identity-based') return deniedAcross(denial, asked);
  return {
    what: refusedWhat,
    why: `The sign-in worked, but ${principal} may not read ${path}: ${action} is missing in its policies.`,
    next: `Add this statement to the policy of ${principal}. It covers this repository only.`,
    paste: { title: 'IAM policy statement', text: pullStatement({ ...host, path }) },
  };
}

/** A principal of another account needs the permission on both sides, and the repository's own policy is the one that lacks. */
function deniedAcross(denial: Denial, { host, path, secret }: Asked): Advice {
  const { principal, accountId, action } = denial;
  const owner = grouped(host.accountId);
  return {
    what: refusedWhat,
    why: `${path} is in account ${owner}, and ${principal} is of account ${grouped(accountId)}. The repository’s own policy has to allow ${action} to it, and does not.`,
    next: `In account ${owner}, under ECR, ${path}, Permissions, set this policy, or add its statement to the one that is there. The policy of ${principal} needs the same actions.`,
    paste: {
      title: 'ECR repository policy',
      text: repositoryPolicy(secret?.values.AWS_ROLE_ARN ?? iamArnOf(denial)),
    },
  };
}

function deniedInSilence(action: string, { host, path, said }: Asked): Advice {
  return {
    what: refusedWhat,
    why: `The sign-in worked, but ${action} is not allowed on ${path}, or the repository does not exist.${quoted(said)}`,
    next: 'Check the path. If it is right, add this statement to the policy of the key’s owner, or of its role. It covers this repository only.',
    paste: { title: 'IAM policy statement', text: pullStatement({ ...host, path }) },
  };
}

/** ECR hides what may not be read: it says that a repository does not exist only to those who could read it. */
function repositoryMissing({ host, path, secret }: Asked): Advice {
  const { accountId, region } = host;
  const ownRegion = secret?.values.AWS_REGION;
  const isElsewhereMeant = ownRegion !== undefined && ownRegion !== region;
  return {
    what: `There is no repository ${path} in this registry`,
    why: `Account ${grouped(accountId)} has none of this name in ${region}. The secret may read it, so no permission is missing.`,
    next: isElsewhereMeant
      ? `The secret says ${ownRegion}: check whether the image is there, and write that region into its host.`
      : 'Check the path, then account and region in the image’s host: each region of an account has repositories of its own.',
  };
}

function passwordRefused({ host, secret, said }: Asked): Advice {
  if (secret?.type !== 'aws') {
    return {
      what: 'ECR refused the password',
      why: `Passwords of ECR end twelve hours after they were made.${quoted(said)}`,
      next: 'Save an access key as a secret of the type AWS ECR. Slipway then gets a password for each pull by itself.',
    };
  }
  return {
    what: 'ECR does not take the password that it gave out',
    why: `A fresh one was refused as well.${quoted(said)}`,
    next: `Check the account in the image’s host, ${grouped(host.accountId)}. If the key or its role was changed just now, try again in some minutes.`,
  };
}

/** `1111 2222 3333` */
function grouped(accountId: string): string {
  return accountId.replace(/\d{4}(?=\d)/g, '$& ');
}
