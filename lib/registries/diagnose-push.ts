import type { Advice, Paste } from '#lib/errors/slipway-error.ts';
import {
  AccessDeniedError,
  quoted,
  RefusalError,
  RepositoryUnknownError,
  SignInRefusedError,
} from '#lib/oci/errors.ts';
import { accountOf } from './account-of.ts';
import { type GoogleRepository, googleRepositoryOf } from './artifact-registry.ts';
import { readDenial } from './aws-denial.ts';
import type { RegistrySecret } from './binding.ts';
import { diagnose } from './diagnose.ts';
import { type EcrHost, parseEcrHost } from './ecr.ts';
import { kindOfHost } from './host-kind.ts';
import { pushStatement } from './iam-policy.ts';
import { shellWord } from './shell-word.ts';

interface DiagnoseOptions {
  readonly error: unknown;
  /** The target. */
  readonly reference: { readonly registry: string; readonly repository: string };
  /** The secret that the registry was asked with. */
  readonly secret: RegistrySecret | null;
}

/**
 * A failure of a push in the words of whoever knows that kind of registry: what is missing for writing, and the text that changes it.
 * What is no matter of the right to write comes back as a pull would have it.
 */
export function diagnosePush(options: DiagnoseOptions): unknown {
  const { error, reference } = options;
  if (!(error instanceof RefusalError) || error.refusal.place.registry !== reference.registry)
    return diagnose(options);
  const isAboutWriting = error instanceof AccessDeniedError || error instanceof RepositoryUnknownError;
  if (!isAboutWriting) {
    const isHub = kindOfHost(reference.registry) === 'docker_hub' && error instanceof SignInRefusedError;
    return isHub && error.refusal.hadCredentials
      ? error.explained(hubSignIn(options, error))
      : diagnose(options);
  }
  return error.explained(adviceOn(options, error));
}

function adviceOn(options: DiagnoseOptions, error: RefusalError): Advice {
  const { registry } = options.reference;
  const host = parseEcrHost(registry);
  if (host !== undefined) return onEcr(options, error, host);
  const where = googleRepositoryOf(options.reference);
  if (kindOfHost(registry) === 'gcp' && where !== undefined) return onGoogle(options, error, where);
  if (!error.refusal.hadCredentials) return signInFirst(options, error);
  return kindOfHost(registry) === 'docker_hub' ? onHub(options, error) : onOther(options, error);
}

function signInFirst({ reference }: DiagnoseOptions, { refusal }: RefusalError): Advice {
  return {
    what: `${nameOf(reference)} takes no pushes from just anybody`,
    why: `The registry was asked without a secret.${quoted(refusal.said)}`,
    next: `Choose a secret for ${reference.registry} whose account may write there, or save one first.`,
  };
}

/** Docker Hub makes a repository with the first push, where the account may. https://docs.docker.com/security/access-tokens/ */
function onHub({ reference, secret }: DiagnoseOptions, { refusal }: RefusalError): Advice {
  const who = accountOf(secret) ?? 'this account';
  const [owner = ''] = reference.repository.split('/');
  return {
    what: `Docker Hub does not let ${who} push to ${reference.repository}`,
    why: `The sign-in worked. The access token is read-only, as tokens for pulls are, or ${who} may not write under ${owner}.${quoted(refusal.said)}`,
    next: `Make an access token with Read & Write permission and save it in the secret, or in a secret of its own for pushes. If ${owner} is an organization, have its owner give ${who} write access to the repository.`,
  };
}

function hubSignIn({ secret }: DiagnoseOptions, { refusal }: RefusalError): Advice {
  const who = accountOf(secret) ?? 'this account';
  return {
    what: `Docker Hub refused the sign-in of ${who}`,
    why: `It does not say which: the access token is wrong, expired or deleted, or it belongs to another Docker ID.${quoted(refusal.said)}`,
    next: 'Check that the username is the Docker ID, make an access token with Read & Write permission, and replace the values of the secret.',
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html */
function onEcr(options: DiagnoseOptions, error: RefusalError, host: EcrHost): Advice {
  const { repository: path } = options.reference;
  const { refusal } = error;
  if (!refusal.hadCredentials) return signInFirst(options, error);
  if (error instanceof RepositoryUnknownError) {
    return {
      what: `There is no repository ${path} in this ECR registry`,
      why: `ECR makes no repository by itself: it has to be there before the first push.${quoted(refusal.said)}`,
      next: 'Create it with this command, then push again.',
      paste: createRepository(host, path),
    };
  }
  const denial = readDenial(refusal.said);
  const who = denial?.principal ?? 'the key’s owner';
  return {
    what: `ECR does not let ${who} push to ${path}`,
    why:
      denial === undefined
        ? `The sign-in worked, but a push is not allowed there, or the repository does not exist.${quoted(refusal.said)}`
        : `The sign-in worked, but ${denial.action} is missing in the policies of ${denial.principal}. A policy for pulls does not allow pushes.`,
    next: `Add this statement to the policy of ${who}. It covers this repository only.`,
    paste: { title: 'IAM policy statement', text: pushStatement({ ...host, path }) },
  };
}

/** https://docs.aws.amazon.com/cli/latest/reference/ecr/create-repository.html */
function createRepository({ accountId, region }: EcrHost, path: string): Paste {
  const words = [
    `aws ecr create-repository --repository-name ${shellWord(path)}`,
    `--registry-id ${accountId}`,
    `--region ${region}`,
  ];
  return { title: 'aws command', text: words.join(' ') };
}

/** https://cloud.google.com/artifact-registry/docs/access-control#roles */
function onGoogle({ secret }: DiagnoseOptions, { refusal }: RefusalError, where: GoogleRepository): Advice {
  const { project, location, repository } = where;
  const account = accountOf(secret);
  const at = [`--project=${shellWord(project)}`, `--location=${shellWord(location)}`];
  if (/repo(?:sitory)?\b.*(?:not found|does not exist)/i.test(refusal.said ?? '')) {
    const create = `gcloud artifacts repositories create ${shellWord(repository)} --repository-format=docker`;
    return {
      what: `Project ${project} has no repository ${repository} in ${location}`,
      why: `Google makes no repository by itself: it has to be there before the first push.${quoted(refusal.said)}`,
      next: 'Check the spelling, or create it with this command, then push again.',
      paste: { title: 'gcloud command', text: [create, ...at].join(' ') },
    };
  }
  const grant = `gcloud artifacts repositories add-iam-policy-binding ${shellWord(repository)}`;
  const member = `--member=${shellWord(`serviceAccount:${account ?? 'ACCOUNT'}`)}`;
  return {
    what: `${account ?? 'Whoever asked'} may not push to ${repository} in project ${project}, or it does not exist`,
    why: `It needs the role Artifact Registry Writer there; the role for pulls, Reader, does not allow pushes.${quoted(refusal.said)}`,
    next: 'Have somebody who manages the project run this command, and push again in a minute. If it finds no such repository, create that first.',
    paste: {
      title: 'gcloud command',
      text: [grant, ...at, member, '--role=roles/artifactregistry.writer'].join(' '),
    },
  };
}

function onOther({ reference, secret }: DiagnoseOptions, error: RefusalError): Advice {
  const { registry } = reference;
  const { said } = error.refusal;
  const who = accountOf(secret) ?? 'this account';
  if (error instanceof RepositoryUnknownError) {
    return {
      what: `${registry} has no place for ${reference.repository}`,
      why: `It does not exist, and this registry makes none with a push; or ${who} may not see it.${quoted(said)}`,
      next: 'Create the project or repository there first, and check the spelling.',
    };
  }
  const scope =
    registry.toLowerCase() === 'ghcr.io' ? ' On GitHub a token needs the scope write:packages.' : '';
  return {
    what: `${registry} does not let ${who} push to ${reference.repository}`,
    why: `The sign-in worked, but it allows no writing there.${quoted(said)}`,
    next: `Give ${who} the right to push, or choose a secret of somebody who has it.${scope}`,
  };
}

function nameOf({ registry, repository }: DiagnoseOptions['reference']): string {
  return `${registry}/${repository}`;
}
