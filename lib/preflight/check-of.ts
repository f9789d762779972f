import { AddressRefusedError, CertificateError, PlainHttpRefusedError } from '#lib/egress/errors.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { connectionFault } from '#lib/oci/connection-fault.ts';
import {
  AccessDeniedError,
  ManifestUnknownError,
  PlatformMissingError,
  RegistryUnavailableError,
  RepositoryUnknownError,
  SignInRefusedError,
} from '#lib/oci/errors.ts';
import { InvalidPlatformError, InvalidReferenceError } from '#lib/oci/input-errors.ts';
import { RateLimitedError } from '#lib/oci/rate-limited-error.ts';
import { CustomSecretError, SecretHostMismatchError } from '#lib/registries/errors.ts';
import { StoreFullError } from '#lib/store/errors.ts';
import type { CheckName } from './schema.ts';

/**
 * Which check a failure belongs to, for work that makes no checks itself; undefined where only whoever did the work can
 * tell. `registry` is that of the reference.
 */
export function checkOf(error: unknown, registry: string | undefined): CheckName | undefined {
  if (!(error instanceof SlipwayError)) return undefined;
  if (error instanceof InvalidReferenceError || error instanceof SecretHostMismatchError) return 'name';
  if (error instanceof InvalidPlatformError || error instanceof CustomSecretError) return 'name';
  if (error instanceof AddressRefusedError) return 'dns';
  if (error instanceof CertificateError || error instanceof PlainHttpRefusedError) return 'tls';
  if (error instanceof RegistryUnavailableError) {
    // A cloud's advice may stand in for the refusal of an address.
    if (error.cause instanceof AddressRefusedError) return 'dns';
    // A cloud that mints credentials has an address of its own.
    return error.place.registry === registry ? steps[connectionFault(error.cause).step] : 'sign_in';
  }
  if (error instanceof SignInRefusedError) return 'sign_in';
  if (error instanceof AccessDeniedError) return error.refusal.isAtTokenService ? 'sign_in' : 'permission';
  if (error instanceof RepositoryUnknownError) return 'permission';
  if (error instanceof ManifestUnknownError) return 'manifest';
  if (error instanceof PlatformMissingError) return 'platform';
  if (error instanceof StoreFullError) return 'size';
  if (error instanceof RateLimitedError) return error.isUsedUp ? 'pulls_left' : undefined;
  return undefined;
}

const steps = { dns: 'dns', connection: 'tls', answer: undefined } as const;
