import { readRegistryHost } from '#lib/registries/registry-host.ts';
import { usernameProblem } from './docker-hub-values.ts';
import { type Finding, present, publicValues, readFields, type TypeCheck } from './type-check.ts';

/** Any registry without a type of its own: GHCR, GitLab, Quay, Harbor, ACR, one's own. */
export function checkRegistry(typed: Readonly<Record<string, string>>): TypeCheck {
  const { values: read, problems } = readFields('registry', typed);
  const host = read.REGISTRY_HOST === undefined ? undefined : readRegistryHost(read.REGISTRY_HOST);
  const isHost = host !== undefined && 'host' in host;
  const values = isHost ? { ...read, REGISTRY_HOST: host.host } : read;
  return {
    values,
    facts: publicValues('registry', values),
    problems: {
      ...present({
        REGISTRY_HOST: host !== undefined && 'problem' in host ? host.problem : undefined,
        REGISTRY_USERNAME: usernameProblem(read.REGISTRY_USERNAME ?? '', read.REGISTRY_PASSWORD ?? ''),
      }),
      ...problems,
    },
    warnings: present({
      REGISTRY_HOST: isHost ? host.note : undefined,
      REGISTRY_PASSWORD: isHost ? tokenWarning(host.host, read.REGISTRY_PASSWORD ?? '') : undefined,
    }),
  };
}

/** https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry */
function tokenWarning(host: string, token: string): Finding {
  if (host === 'ghcr.io' && token.startsWith('github_pat_')) {
    return 'GitHub’s container registry takes classic tokens (ghp_…) with read:packages, not fine-grained ones.';
  }
  return undefined;
}
