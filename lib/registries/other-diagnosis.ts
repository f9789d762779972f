import type { Advice } from '#lib/errors/slipway-error.ts';
import {
  ManifestUnknownError,
  quoted,
  type Refusal,
  type RefusalError,
  SignInRefusedError,
} from '#lib/oci/errors.ts';

/**
 * What a refusal of a registry without a type of its own means, where its host or its words tell what it is; undefined
 * otherwise. `account` is the username that signed in.
 */
export function diagnoseOther(error: RefusalError, account: string | undefined): Advice | undefined {
  const { refusal } = error;
  const product = products.find(({ is }) => is(refusal, account));
  if (product === undefined) return undefined;
  const asked = { ...refusal, who: account ?? 'this account' };
  if (error instanceof ManifestUnknownError) return product.missing?.(asked);
  // Whoever did not sign in is told to, in the protocol's own words.
  if (!refusal.hadCredentials) return undefined;
  return error instanceof SignInRefusedError ? product.signIn(asked) : product.access(asked);
}

interface Asked extends Refusal {
  /** The account, as a sentence names it. */
  readonly who: string;
}

interface Product {
  readonly is: (refusal: Refusal, account: string | undefined) => boolean;
  /** The credentials were not taken. */
  readonly signIn: (asked: Asked) => Advice;
  /** The repository was not given. */
  readonly access: (asked: Asked) => Advice;
  /** The registry has nothing under this name, where it says more than that. */
  readonly missing?: (asked: Asked) => Advice | undefined;
}

/** https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry */
const github: Product = {
  is: ({ place }) => place.registry.toLowerCase() === 'ghcr.io',
  signIn: (asked) => githubToken(asked, 'GitHub refused the sign-in'),
  access(asked) {
    const { place, said = '' } = asked;
    const repository = place.repository ?? '';
    if (/expected scopes|read_package/i.test(said)) {
      return {
        what: `The token of ${asked.who} may not read packages`,
        why: `GitHub took the token, but it lacks the scope read:packages.${quoted(said)}`,
        next: 'Make a classic token (ghp_…) with read:packages, and replace the values of the secret. Fine-grained tokens do not work for packages.',
      };
    }
    // A token that GitHub does not know gets the very same answer, for public packages too.
    return githubToken(asked, `GitHub does not give ${repository} to ${asked.who}, or it does not exist`);
  },
};

function githubToken(asked: Asked, what: string): Advice {
  return {
    what,
    why: `It does not say which: the token is wrong, expired or revoked, it lacks read:packages, it is not authorised for the organisation’s single sign-on, or the package is missing or not shared with ${asked.who}.${quoted(asked.said)}`,
    next: 'Check the spelling. Then make a classic token (ghp_…) with read:packages, authorise it for the organisation, and have the account added under the package’s settings, Manage access.',
  };
}

/** https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/ */
const gitlab: Product = {
  is: ({ place, said = '' }) =>
    /(?:^|\.)gitlab\.[a-z.]+(?::\d+)?$/i.test(place.registry) || /HTTP Basic: Access denied/i.test(said),
  signIn: (asked) => gitlabToken(asked),
  access(asked) {
    if (/HTTP Basic: Access denied/i.test(asked.said ?? '')) return gitlabToken(asked);
    const { repository = '' } = asked.place;
    return {
      what: `GitLab does not give ${repository} to ${asked.who}, or it does not exist`,
      why: `It gives the same answer for a project that is missing, one that the account is no member of, one whose container registry is off, and a token without read_registry.${quoted(asked.said)}`,
      next: 'Check the path, which is the project’s own. Then give the account at least the role Reporter there, or make a deploy token of that project with read_registry.',
    };
  },
};

function gitlabToken({ who, said }: Asked): Advice {
  return {
    what: `GitLab refused the sign-in of ${who}`,
    why: `The token is wrong, expired or revoked, lacks read_registry, or belongs to another username. A password is refused where two-factor sign-in is on.${quoted(said)}`,
    next: 'Make a deploy token, or a personal or group token, with read_registry, and replace the values of the secret; the username of a deploy token is the one that GitLab shows with it.',
  };
}

/** https://docs.quay.io/glossary/robot-accounts.html */
const quay: Product = {
  is: ({ place, said = '' }) =>
    place.registry.toLowerCase() === 'quay.io' || /robot with username/i.test(said),
  signIn: ({ who, said }) => ({
    what: `Quay refused the sign-in of ${who}`,
    why: `The name or the token is wrong, or the robot account was deleted or its token made anew.${quoted(said)}`,
    next: 'Use a robot account: its username is written account+robot, its token stands on Quay beside it. Then replace the values of the secret.',
  }),
  access: ({ who, said, place }) => ({
    what: `Quay does not give ${place.repository ?? ''} to ${who}, or it does not exist`,
    why: `It gives the same answer for a repository that is missing and one that the account may not read.${quoted(said)}`,
    next: 'Check the spelling. Then give the account or robot Read permission in the repository’s settings on Quay.',
  }),
};

/** https://learn.microsoft.com/azure/container-registry/container-registry-troubleshoot-login */
const azure: Product = {
  is: ({ place }) => /\.azurecr\.(?:io|cn|us)$/i.test(place.registry),
  signIn: (asked) => azureAddress(asked) ?? azureSignIn(asked),
  access(asked) {
    const { place, who, said } = asked;
    return (
      azureAddress(asked) ?? {
        what: `Azure does not give ${place.repository ?? ''} to ${who}, or it does not exist`,
        why: `The account needs the role AcrPull on the registry, or the token a scope map with content/read on this repository.${quoted(said)}`,
        next: 'Check the spelling. Then have the owner of the registry assign the role or widen the scope map.',
      }
    );
  },
};

function azureSignIn({ place, who, said }: Asked): Advice {
  const [name = ''] = place.registry.split('.');
  const isAdmin = who.toLowerCase() === name.toLowerCase();
  return {
    what: `Azure refused the sign-in of ${who}`,
    why: isAdmin
      ? `${who} is the registry’s admin user, which is off unless somebody turned it on; or its password was made anew.${quoted(said)}`
      : `The password is wrong or expired, or the token or service principal is disabled.${quoted(said)}`,
    next: isAdmin
      ? 'Make a repository-scoped token with content/read in the Azure portal, and replace the values of the secret with its name and password.'
      : 'Make a new password for the token or service principal, and replace the values of the secret.',
  };
}

function azureAddress({ place, said = '' }: Asked): Advice | undefined {
  if (!/client with ip .* is not allowed/i.test(said)) return undefined;
  return {
    what: `${place.registry} does not let this server’s address in`,
    why: `Its firewall allows known addresses alone.${quoted(said)}`,
    next: 'Have the owner of the registry add this server’s address under Networking in the Azure portal.',
  };
}

/** https://goharbor.io/docs/latest/working-with-projects/project-configuration/create-robot-accounts/ */
const harbor: Product = {
  is: ({ said = '' }, account = '') =>
    /^robot[$+]/.test(account) ||
    /unauthorized to access repository|(?:project|repository|artifact) \S+ not found/i.test(said),
  signIn: ({ who, place, said }) => ({
    what: `${place.registry} refused the sign-in of ${who}`,
    why: `The name or the secret is wrong, or the robot account is disabled or expired.${quoted(said)}`,
    next: 'Write a robot account’s name whole, with what stands before it (robot$…). Where sign-in goes through OIDC, the CLI secret of the profile is the password.',
  }),
  access: ({ who, place, said }) => ({
    what: `${place.registry} does not give ${place.repository ?? ''} to ${who}, or it does not exist`,
    why: `The account is no member of the project, its robot may not pull, or the project is missing: the registry does not tell which.${quoted(said)}`,
    next: 'Check the path, which begins with the project. Then make the account a member of it, or give its robot account Pull on repositories.',
  }),
  missing({ place, said = '' }) {
    const noun = /\b(project|repository) \S+ not found/i.exec(said)?.[1]?.toLowerCase();
    if (noun === undefined) return undefined;
    return {
      what: `${place.registry} has no such ${noun} for ${place.repository ?? ''}`,
      why: `It was never made, or it was deleted.${quoted(said)}`,
      next: 'Check the path, which begins with the project.',
    };
  },
};

/** By host first; those that run anywhere are known by their words. */
const products: readonly Product[] = [github, azure, quay, gitlab, harbor];
