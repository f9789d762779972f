import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { BlobUnknownError, ManifestUnknownError, RepositoryUnknownError } from '#lib/oci/errors.ts';
import type { TagList } from '#lib/oci/tags.ts';
import type { Manifest } from '#lib/oci/types.ts';
import { isEcrHost } from '#lib/registries/ecr.ts';
import type { Finding } from './checklist.ts';
import { countsPulls, type FoundImage, type Look, lookAt, wantedOf } from './image-lookup.ts';
import { MissingTag } from './missing-tag.ts';
import { nearestTags } from './nearest-tags.ts';

/** What asking for the image brought: the image, or that it is not there. */
export type Sight =
  | { readonly kind: 'found'; readonly found: FoundImage }
  | { readonly kind: 'missing'; readonly failure: unknown };

/**
 * Whether the repository may be read, by asking for the image and for the right to fetch its config. An image that is not
 * there is no matter of permission, and found as well.
 */
export async function checkPermission(
  look: Look,
  options: {
    readonly hadCredentials: boolean;
    readonly signal: AbortSignal;
    readonly tagsMaxMs: () => number;
  },
): Promise<Finding<Sight>> {
  const { client, reference } = look;
  const { signal } = options;
  const startedAtMs = performance.now();
  const request = { ...wantedOf(look), signal };
  const facts = await client.headManifest(request);
  const sight: Sight =
    facts === null
      ? await lookFurther(look, options)
      : { kind: 'found', found: await lookAt(look, { descriptor: facts, signal }) };
  const may = `May read ${reference.repository}`;
  if (sight.kind === 'missing') return { state: 'passed', detail: may, value: sight };
  const { found } = sight;
  if (isAboutAccess(found.failure)) throw found.failure;
  const isLost = found.image !== undefined && !(await isServed(look, found.image.config.digest, signal));
  const place = { registry: reference.registry, repository: reference.repository };
  const value: Sight =
    isLost && found.image !== undefined
      ? { kind: 'missing', failure: new BlobUnknownError({ place, digest: found.image.config.digest }) }
      : sight;
  return {
    state: 'passed',
    detail: found.image === undefined || isLost ? may : `${may}, layers included`,
    value,
    tookMs: Math.max(0, Math.round(performance.now() - startedAtMs) - found.tookMs),
  };
}

/** ECR grants layers by an action of their own, and proves it before it redirects. */
function isServed(
  look: Look,
  digest: FoundImage['descriptor']['digest'],
  signal: AbortSignal,
): Promise<boolean> {
  const { client, reference } = look;
  const request = { repository: reference.repository, digest, signal };
  return isEcrHost(reference.registry) ? client.proveBlob(request) : client.hasBlob(request);
}

/** The HEAD brought nothing: either there is nothing, or the registry says too little in it. */
async function lookFurther(
  look: Look,
  options: {
    readonly hadCredentials: boolean;
    readonly signal: AbortSignal;
    readonly tagsMaxMs: () => number;
  },
): Promise<Sight> {
  const { client, reference } = look;
  const { hadCredentials, signal } = options;
  const wanted = wantedOf(look);
  let unknown = new ManifestUnknownError({
    place: { registry: reference.registry, ...wanted },
    hadCredentials,
    status: 404,
  });
  if (!countsPulls(look)) {
    let top: Manifest;
    try {
      top = await client.getManifest({ ...wanted, signal });
      const descriptor = { digest: top.digest, mediaType: top.mediaType, sizeBytes: top.bytes.length };
      return { kind: 'found', found: await lookAt(look, { descriptor, top, signal }) };
    } catch (error) {
      if (isAboutAccess(error) || signal.aborted) throw error;
      if (!(error instanceof ManifestUnknownError)) return { kind: 'missing', failure: error };
      unknown = error;
    }
  }
  return { kind: 'missing', failure: await withTags(look, unknown, options) };
}

/**
 * The same failure with the tags that may have been meant, where the registry lists them in time.
 * @throws RepositoryUnknownError where the list says that the whole repository is missing; some registries answer that a
 *   tag is missing then.
 */
export async function withTags(
  look: Pick<Look, 'client' | 'reference'>,
  unknown: ManifestUnknownError,
  options: { readonly signal: AbortSignal; readonly tagsMaxMs: () => number },
): Promise<ManifestUnknownError | MissingTag> {
  const { tag, digest } = look.reference;
  if (digest !== undefined || tag === undefined) return unknown;
  const list = await listTags(look, options);
  if (list === undefined) return unknown;
  const nearest = nearestTags({ wanted: tag, tags: list.tags, countMax: nearestMax });
  return new MissingTag(unknown, nearest, list.isWhole);
}

/** What fits a sentence. */
const nearestMax = 5;
/** More than a person would look through; ECR and Artifact Registry give them in one page. */
const tagsMax = 1_000;

/** Undefined where the registry does not list them, or not in time: the tag is missing all the same. */
async function listTags(
  look: Pick<Look, 'client' | 'reference'>,
  options: { readonly signal: AbortSignal; readonly tagsMaxMs: () => number },
): Promise<TagList | undefined> {
  const { repository } = look.reference;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.tagsMaxMs())]);
  try {
    return await look.client.listTags({ repository, tagsMax, signal });
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof RepositoryUnknownError) throw error;
    return undefined;
  }
}

/** Whether a failure says that the image may not be asked for, or could not be, rather than something about the image. */
function isAboutAccess(error: unknown): boolean {
  if (error === undefined) return false;
  if (!(error instanceof SlipwayError) || error instanceof RepositoryUnknownError) return true;
  return error.kind === 'denied' || error.kind === 'network' || error.kind === 'rate_limited';
}
