import type { RegistryClient } from '#lib/oci/client.ts';
import type { RetryNotice } from '#lib/oci/retry.ts';
import type { CredentialSource, Credentials } from '#lib/oci/types.ts';

/** Makes a client through which a build's requests to one registry go. */
export type Connect = (options: {
  readonly registry: string;
  readonly credentials: Credentials | CredentialSource | undefined;
  readonly onRetry: (notice: RetryNotice) => void;
}) => RegistryClient;
