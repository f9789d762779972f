import { isArtifactRegistryHost } from './artifact-registry.ts';
import { isDockerHubHost } from './docker-hub.ts';
import { isEcrHost } from './ecr.ts';

/** The kinds of registry that sign in differently. */
export const registryKinds = ['docker_hub', 'aws', 'gcp', 'registry'] as const;
export type RegistryKind = (typeof registryKinds)[number];

/** The kind of registry behind a host, `host[:port]` in any case. Whatever has no kind of its own is `registry`. */
export function kindOfHost(host: string): RegistryKind {
  if (isDockerHubHost(host)) return 'docker_hub';
  if (isEcrHost(host)) return 'aws';
  if (isArtifactRegistryHost(host)) return 'gcp';
  return 'registry';
}

/** How people call each kind. */
export const registryKindNames: Readonly<Record<RegistryKind, string>> = {
  docker_hub: 'Docker Hub',
  aws: 'AWS ECR',
  gcp: 'Google Artifact Registry',
  registry: 'Other registry',
};
