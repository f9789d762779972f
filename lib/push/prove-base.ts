import { CancelledError } from '#lib/errors/cancelled.ts';
import type { RegistryClient } from '#lib/oci/client.ts';
import { ManifestUnknownError, RepositoryUnknownError } from '#lib/oci/errors.ts';
import { parseReference } from '#lib/oci/reference.ts';
import type { CredentialSource, Credentials } from '#lib/oci/types.ts';
import type { Clouds } from '#lib/registries/clouds.ts';
import { diagnose } from '#lib/registries/diagnose.ts';
import { type RegistrySecret, signInFor } from '#lib/registries/sign-in.ts';
import { BaseNotProvenError } from './errors.ts';

/** What an image was made from, and how that was read. */
export interface BaseProof {
  /** The whole normalised reference. */
  readonly reference: string;
  readonly digest: string;
  readonly secret: RegistrySecret | null;
}

/**
 * Has the registry of the base confirm that its repository may still be read: an image in the store is no way around access to what it
 * holds. A HEAD of the digest is enough, and no pull. A base that was deleted since is no refusal (see builds/open-result.ts), as long as the
 * registry says so of the manifest and not of the repository.
 *
 * @throws BaseNotProvenError, and the registry's refusal in the words of whoever knows it
 */
export async function proveBase(options: {
  readonly base: BaseProof;
  readonly connectBase: (options: {
    readonly registry: string;
    readonly credentials: Credentials | CredentialSource | undefined;
  }) => RegistryClient;
  readonly clouds: Clouds;
  readonly onMinted: (value: string) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { base, clouds, onMinted, signal } = options;
  const { secret } = base;
  const reference = parseReference(base.reference);
  const { registry, repository } = reference;
  try {
    const { credentials } = signInFor({ reference, secret, clouds, onMinted });
    const client = options.connectBase({ registry, credentials });
    const asked = { repository, target: base.digest, signal };
    if ((await client.headManifest(asked)) === null) await client.getManifest(asked);
  } catch (error) {
    if (signal.aborted) throw new CancelledError(signal.reason);
    if (error instanceof ManifestUnknownError) return;
    if (error instanceof RepositoryUnknownError) throw new BaseNotProvenError({ reference: base.reference });
    throw diagnose({ error, reference, secret });
  }
}
