import { AddressRefusedError } from '#lib/egress/errors.ts';
import type { Advice } from '#lib/errors/slipway-error.ts';
import { RefusalError, RegistryUnavailableError } from '#lib/oci/errors.ts';
import { accountOf } from './account-of.ts';
import { noAddress } from './aws-advice.ts';
import type { RegistrySecret } from './binding.ts';
import { diagnoseDockerHub } from './docker-hub-diagnosis.ts';
import { parseEcrHost } from './ecr.ts';
import { diagnoseEcr } from './ecr-diagnosis.ts';
import { diagnoseGoogle } from './google-diagnosis.ts';
import { kindOfHost } from './host-kind.ts';
import { diagnoseOther } from './other-diagnosis.ts';

interface DiagnoseOptions {
  readonly error: unknown;
  readonly reference: { readonly registry: string };
  /** The secret that the registry was asked with. */
  readonly secret: RegistrySecret | null;
}

/**
 * A failure of a pull in the words of whoever knows that kind of registry: what exactly is missing and the text that changes
 * it. What the protocol's own words say as well, and everything that is no answer of a registry, comes back as it is.
 */
export function diagnose(options: DiagnoseOptions): unknown {
  const { error, reference } = options;
  const { registry } = reference;
  if (error instanceof AddressRefusedError) {
    const host = parseEcrHost(registry);
    if (host === undefined) return error;
    const place = { registry };
    return new RegistryUnavailableError({ place, ...noAddress(host), isRetryable: false, cause: error });
  }
  // A refusal of a cloud's token service was explained where it was met.
  if (!(error instanceof RefusalError) || error.refusal.place.registry !== registry) return error;
  const advice = adviceOn(error, options);
  return advice === undefined ? error : error.explained(advice);
}

function adviceOn(error: RefusalError, { reference, secret }: DiagnoseOptions): Advice | undefined {
  const { registry } = reference;
  const host = parseEcrHost(registry);
  if (host !== undefined) return diagnoseEcr(error, { host, secret });
  return diagnosers[kindOfHost(registry)](error, accountOf(secret));
}

const diagnosers = {
  docker_hub: diagnoseDockerHub,
  aws: diagnoseOther,
  gcp: diagnoseGoogle,
  registry: diagnoseOther,
} as const;
