import type { Advice } from '#lib/errors/slipway-error.ts';
import { AccessDeniedError, quoted, type RefusalError, SignInRefusedError } from '#lib/oci/errors.ts';

/**
 * What a refusal of Docker Hub means; undefined where the protocol's own words say it all. `account` is the username that
 * signed in. https://docs.docker.com/security/access-tokens/ and
 * https://docs.docker.com/enterprise/security/access-tokens/
 */
export function diagnoseDockerHub(error: RefusalError, account: string | undefined): Advice | undefined {
  const { hadCredentials, said = '' } = error.refusal;
  if (error instanceof SignInRefusedError && hadCredentials) return signInRefused(account, said);
  if (!(error instanceof AccessDeniedError)) return undefined;
  if (!hadCredentials) return hiddenFromAnybody(error);
  return /insufficient scope|does not match expected scopes/i.test(said)
    ? tokenTooNarrow(error, account)
    : hiddenFromAccount(error, account);
}

function signInRefused(account: string | undefined, said: string): Advice {
  const who = account ?? 'this account';
  if (/expired/i.test(said)) {
    return {
      what: `The access token of ${who} has expired`,
      why: `Docker Hub does not take it any more.${quoted(said)}`,
      next: 'Make a new access token with Read-only permission on Docker Hub, and replace the values of the secret.',
    };
  }
  if (account?.includes('@')) {
    return {
      what: 'Docker Hub refused the sign-in',
      why: `The username is an e-mail address (${account}); registries sign in by Docker ID.${quoted(said)}`,
      next: 'Replace the values of the secret with the Docker ID, which stands on Docker Hub under Account settings, and an access token of it.',
    };
  }
  return {
    what: `Docker Hub refused the sign-in of ${who}`,
    why: `It does not say which: the token is wrong, deactivated or deleted, or it belongs to another name. An account’s password is refused where two-factor sign-in or single sign-on is on.${quoted(said)}`,
    next: 'Check that the username is the Docker ID, or the organization’s name for an organization token. Then make a new access token with Read-only permission and replace the values of the secret.',
  };
}

function tokenTooNarrow(error: RefusalError, account: string | undefined): Advice {
  const { repository = '' } = error.refusal.place;
  return {
    what: `The access token may not read ${repository}`,
    why: `Docker Hub took the token of ${account ?? 'this account'}, but it was made for less: for public repositories alone, or, as an organization token, for others.${quoted(error.refusal.said)}`,
    next: 'Make an access token with Read-only permission (an organization token: with pull access to this repository), and replace the values of the secret.',
  };
}

function hiddenFromAccount(error: RefusalError, account: string | undefined): Advice {
  const { repository = '' } = error.refusal.place;
  const [owner = ''] = repository.split('/');
  return {
    what: `${repository} does not exist on Docker Hub, or ${account ?? 'this account'} may not read it`,
    why: 'Docker Hub took the sign-in, and on purpose answers the same for a repository that is missing, one that the account may not see, and a token that is for public repositories alone.',
    next: `Check the spelling. Then have ${owner} make the account a collaborator or a member of a team that may read it, and check that the token has Read-only permission.`,
  };
}

function hiddenFromAnybody(error: RefusalError): Advice {
  const { repository = '' } = error.refusal.place;
  const isOfficial = repository.startsWith('library/');
  return {
    what: `${isOfficial ? repository.slice('library/'.length) : repository} does not exist on Docker Hub, or is private`,
    why: isOfficial
      ? 'A name without a slash is one of Docker’s official images, and there is none of this name that anybody may read.'
      : 'Docker Hub on purpose answers the same for a repository that is missing and one that nobody sees without signing in.',
    next: isOfficial
      ? 'Check the spelling. If it lies under an account or another registry, write that in front, like acme/app or ghcr.io/acme/app.'
      : 'Check the spelling. If the repository is private, choose a Docker Hub secret whose account may read it.',
  };
}
