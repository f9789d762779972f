import { isObject, type JsonObject, parseAnnotations, parseDescriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import {
  AnswerTooLargeError,
  ForeignLayerError,
  ManifestInvalidError,
  NotAnImageError,
  SchemaOneError,
} from './errors.ts';
import {
  bareType,
  isForeignLayer,
  isImageConfig,
  isIndex,
  isManifest,
  isSchemaOne,
  mediaTypes,
} from './media-types.ts';
import { plain } from './plain-text.ts';
import type { ImageIndex, ImageManifest, Manifest } from './types.ts';
import { digestOf, verifyDigest } from './verify-digest.ts';

/**
 * The distribution-spec lets a registry refuse manifests over 4 MiB, so none that travels is larger.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
export const manifestBytesMax = 4 * 1024 * 1024;

/** Linux mounts at most 500 overlay layers and Docker 127; more than this is no image that could run. */
const layersMax = 1_000;
/** An index has an entry for each platform and its attestations: tens, not thousands. */
const manifestsMax = 1_000;

/**
 * Parses an image manifest or index of either kind and verifies it against `digest` where one is given; the digest
 * is computed (sha256) where none is. `mediaType` is the Content-Type it came with, if any.
 *
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 * https://github.com/distribution/distribution/blob/v3.0.0/docs/content/spec/manifest-v2-2.md
 *
 * @throws DigestMismatchError, AnswerTooLargeError, SchemaOneError, NotAnImageError, ForeignLayerError,
 *   ManifestInvalidError
 */
export function parseManifest(options: {
  readonly bytes: Uint8Array;
  readonly mediaType?: string | null | undefined;
  readonly digest?: Digest | undefined;
}): Manifest {
  const { bytes, digest } = options;
  if (bytes.byteLength > manifestBytesMax) {
    throw new AnswerTooLargeError({ noun: 'manifest', bytesMax: manifestBytesMax });
  }
  // Verified before it is parsed: nothing is concluded from bytes that are not the ones asked for.
  if (digest !== undefined) verifyDigest({ bytes, digest, noun: 'manifest' });
  const contentType = bareType(options.mediaType);
  if (isSchemaOne(contentType)) throw new SchemaOneError();
  const json = parseJson(bytes);
  const mediaType = decideType(json, contentType);
  const common = { mediaType, digest: digest ?? digestOf(bytes), bytes };
  return isIndex(mediaType) ? parseIndex(json, common) : parseImage(json, common);
}

type Common = Pick<ImageManifest, 'mediaType' | 'digest' | 'bytes'>;

function parseJson(bytes: Uint8Array): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ManifestInvalidError('It is not JSON.');
  }
  if (!isObject(json)) throw new ManifestInvalidError('It is not a JSON object.');
  return json;
}

/**
 * The type that both the header and the document agree on. A registry must answer with the type of the field, and a
 * document that names another type than the one it came as, or fits two types, could mean one thing here and another
 * elsewhere (CVE-2021-41190, https://github.com/opencontainers/image-spec/security/advisories/GHSA-77vh-xpmg-72qh).
 */
function decideType(json: JsonObject, contentType: string): string {
  const { schemaVersion, mediaType } = json;
  if (schemaVersion === 1 || (typeof mediaType === 'string' && isSchemaOne(mediaType)))
    throw new SchemaOneError();
  if (schemaVersion !== 2) throw new ManifestInvalidError('Its schemaVersion is not 2.');
  const hasImageParts = 'layers' in json || 'config' in json || 'fsLayers' in json;
  const hasIndexParts = 'manifests' in json;
  if (hasImageParts && hasIndexParts) {
    throw new ManifestInvalidError(
      'It is an image and an index at once, so tools could read it in two ways.',
    );
  }
  if (mediaType !== undefined && typeof mediaType !== 'string') {
    throw new ManifestInvalidError('Its mediaType is not text.');
  }
  const isContentTypeKnown = isManifest(contentType) || isIndex(contentType);
  if (isContentTypeKnown && mediaType !== undefined && mediaType !== contentType) {
    throw new ManifestInvalidError(
      `It came as ${contentType}, but calls itself ${plain(mediaType, 120)}; the two must agree.`,
    );
  }
  // A proxy or a simple file server sends a general type or none: then the document's own word, or its form, counts.
  const fallback = hasIndexParts ? mediaTypes.ociIndex : mediaTypes.ociManifest;
  const decided = mediaType ?? (isContentTypeKnown ? contentType : fallback);
  if (!isManifest(decided) && !isIndex(decided)) throw new NotAnImageError({ mediaType: decided });
  if (isIndex(decided) !== hasIndexParts) {
    throw new ManifestInvalidError(`It calls itself ${decided}, but has not the form of one.`);
  }
  return decided;
}

function parseImage(json: JsonObject, common: Common): ImageManifest {
  const { artifactType, layers } = json;
  const config = parseDescriptor(json.config, 'config');
  // https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage
  if (!isImageConfig(config.mediaType)) {
    throw new NotAnImageError({
      mediaType: typeof artifactType === 'string' ? artifactType : config.mediaType,
    });
  }
  if (!Array.isArray(layers)) throw new ManifestInvalidError('It has no list of layers.');
  if (layers.length > layersMax) {
    throw new ManifestInvalidError(`It has ${layers.length} layers; ${layersMax} is the most.`);
  }
  const parsed = layers.map((layer: unknown, index) => parseDescriptor(layer, `layers[${index}]`));
  const foreign = parsed.findIndex((layer) => isForeignLayer(layer.mediaType));
  const foreignType = parsed[foreign]?.mediaType;
  if (foreignType !== undefined) {
    throw new ForeignLayerError({ layerNumber: foreign + 1, mediaType: foreignType });
  }
  const total = parsed.reduce((sum, layer) => sum + layer.sizeBytes, config.sizeBytes);
  if (!Number.isSafeInteger(total))
    throw new ManifestInvalidError('The sizes of its layers add up to no real number.');
  const annotations = parseAnnotations(json.annotations, 'the manifest') ?? {};
  return { kind: 'image', ...common, config, layers: parsed, annotations };
}

function parseIndex(json: JsonObject, common: Common): ImageIndex {
  const { manifests } = json;
  if (!Array.isArray(manifests)) throw new ManifestInvalidError('Its manifests are not a list.');
  if (manifests.length > manifestsMax) {
    throw new ManifestInvalidError(`It lists ${manifests.length} manifests; ${manifestsMax} is the most.`);
  }
  return {
    kind: 'index',
    ...common,
    manifests: manifests.map((one: unknown, index) => parseDescriptor(one, `manifests[${index}]`)),
  };
}
