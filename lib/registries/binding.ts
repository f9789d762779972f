import { isArtifactRegistryHost } from './artifact-registry.ts';
import { dockerHubHost, isDockerHubHost } from './docker-hub.ts';
import { isEcrHost } from './ecr.ts';
import type { RegistryKind } from './host-kind.ts';

/** What decides where a secret may go. Both lie inside what is sealed. */
export interface Binding {
  /** `custom` secrets go to no registry. */
  readonly type: RegistryKind | 'custom';
  /** A host, or the pattern of a cloud's hosts as people read it; null for `custom`. */
  readonly host: string | null;
}

/** A secret as opened, as far as signing in needs it. */
export interface RegistrySecret extends Binding {
  readonly values: Readonly<Record<string, string>>;
}

/** The binding that a type brings along; of type `registry`, `host` is the normalised host that was typed. */
export function bindingOf(options: {
  readonly type: Binding['type'];
  readonly host?: string | undefined;
}): Binding {
  const { type, host } = options;
  return { type, host: type === 'registry' ? (host ?? null) : patterns[type] };
}

/**
 * Whether a secret may be sent to the registry of a reference (`host[:port]`). Type and host have to agree: a binding that
 * no type brings along is bound to nothing.
 */
export function isBoundTo(options: { readonly binding: Binding; readonly registryHost: string }): boolean {
  const { binding, registryHost } = options;
  const { type, host } = binding;
  if (type === 'registry') return host !== null && host !== '' && host === registryHost.toLowerCase();
  if (type === 'custom' || host !== patterns[type]) return false;
  return testers[type](registryHost);
}

const patterns = {
  docker_hub: dockerHubHost,
  aws: '*.dkr.ecr.*.amazonaws.com',
  gcp: '*-docker.pkg.dev',
  custom: null,
} as const;

const testers = { docker_hub: isDockerHubHost, aws: isEcrHost, gcp: isArtifactRegistryHost } as const;
