import { parseReference } from '#lib/oci/reference.ts';
import { parseEcrHost } from '#lib/registries/ecr.ts';
import { kindOfHost, type RegistryKind, registryKindNames } from '#lib/registries/host-kind.ts';

export interface RegistryFacts {
  readonly host: string;
  readonly kind: RegistryKind;
  /** What people call it: the host itself where it has no name of its own. */
  readonly name: string;
  readonly region?: string;
  /** Of AWS: 12 digits in groups of four. */
  readonly account?: string;
}

/** The registry of a whole, normalised reference. */
export function registryOf(reference: string): RegistryFacts {
  const host = parseReference(reference).registry;
  const kind = kindOfHost(host);
  const ecr = parseEcrHost(host);
  return {
    host,
    kind,
    name: kind === 'registry' ? host : registryKindNames[kind],
    ...(ecr && { region: ecr.region, account: ecr.accountId.match(/\d{4}/g)?.join(' ') ?? ecr.accountId }),
  };
}
