import type { RegistryClient } from '#lib/oci/client.ts';
import { ManifestUnknownError } from '#lib/oci/errors.ts';
import { formatReference, type Reference } from '#lib/oci/reference.ts';
import type { SignInWay } from '#lib/oci/session.ts';
import { describeManifest, describePlatform } from '#lib/preflight/check-image.ts';
import { withTags } from '#lib/preflight/check-permission.ts';
import { checkPullsLeft } from '#lib/preflight/check-pulls-left.ts';
import { describeSignIn } from '#lib/preflight/check-sign-in.ts';
import { describeSize } from '#lib/preflight/check-size.ts';
import { distinctBlobs, type PullPlan } from '#lib/pull/plan.ts';
import type { ResolvedImage } from '#lib/pull/resolve.ts';
import type { RegistrySecret } from '#lib/registries/sign-in.ts';
import type { Found } from './build-checks.ts';

/** What a sign-in showed: a registry that answers was found and reached. */
export function signedInTo(options: {
  readonly reference: Reference;
  readonly client: RegistryClient;
  readonly way: SignInWay;
  readonly secret: RegistrySecret | null;
  /** What a cloud said while minting. */
  readonly steps: readonly string[];
  readonly tookMs: number;
}): Found {
  const { reference, client, way, secret, steps, tookMs } = options;
  const { registry } = client;
  return {
    name: { state: 'passed', detail: formatReference(reference) },
    dns: { state: 'passed', detail: 'The registry answered' },
    tls: client.isOverTls
      ? { state: 'passed', detail: 'The registry answered, with a certificate that is valid' }
      : { state: 'skipped', detail: 'It answers over plain http, which registries.json allows' },
    sign_in: {
      state: 'passed',
      detail: describeSignIn({ way, registry, secret, steps }),
      tookMs: Math.round(tookMs),
    },
  };
}

/** What it showed that the registry said what the reference means. */
export function resolvedAs(options: {
  readonly reference: Reference;
  readonly client: RegistryClient;
  readonly image: ResolvedImage;
  readonly hadCredentials: boolean;
}): Found {
  const { reference, client, image, hadCredentials } = options;
  const { registry, rateLimit } = client;
  const { value: _, ...pullsLeft } = checkPullsLeft({ registry, rateLimit, hadCredentials, isStored: true });
  return {
    permission: { state: 'passed', detail: `May read ${reference.repository}` },
    manifest: { state: 'passed', detail: describeManifest(image.index ?? image.manifest) },
    platform: { state: 'passed', detail: describePlatform(image.platform, image.index) },
    pulls_left: pullsLeft,
  };
}

/** What it showed that there is room for what has to come. */
export function plannedAs(plan: PullPlan): Found {
  const { blobs, totalBytes, toFetchBytes } = plan;
  const layerCount = distinctBlobs(blobs).length;
  return {
    size: { state: 'passed', detail: describeSize({ layerCount, totalBytes, neededBytes: toFetchBytes }) },
  };
}

/** A tag that does not exist, with those that may have been meant; any other failure as it is. */
export async function withNearestTags(options: {
  readonly error: unknown;
  readonly client: RegistryClient;
  readonly reference: Reference;
  readonly signal: AbortSignal;
}): Promise<unknown> {
  const { error, signal } = options;
  if (!(error instanceof ManifestUnknownError)) return error;
  return withTags(options, error, { signal, tagsMaxMs: () => tagsMaxMs });
}

/** A build that has failed is not held up for advice for longer than a person would wait. */
const tagsMaxMs = 3_000;
