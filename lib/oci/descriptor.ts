import { isDigest } from './digest.ts';
import { ManifestInvalidError } from './errors.ts';
import { plain } from './plain-text.ts';
import type { Descriptor, Platform } from './types.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a descriptor. `urls` and `data` are left out: Slipway reads content from the registry alone.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#properties
 * @throws ManifestInvalidError naming the place, such as `layers[3]`.
 */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (!isObject(value)) throw new ManifestInvalidError(`${where} is not an object.`);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || mediaType === '' || mediaType.length > mediaTypeCharactersMax) {
    throw new ManifestInvalidError(`${where} has no media type.`);
  }
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw new ManifestInvalidError(
      `${where} has no digest that can be verified (${plain(String(digest), 90)}).`,
    );
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new ManifestInvalidError(`${where} has no valid size (${plain(String(size), 30)}).`);
  }
  const platform = parseDescriptorPlatform(value.platform, where);
  const annotations = parseAnnotations(value.annotations, where);
  return {
    mediaType,
    digest,
    sizeBytes: size,
    ...(platform === undefined ? {} : { platform }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md: a map of strings to strings. */
export function parseAnnotations(value: unknown, where: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw new ManifestInvalidError(`The annotations of ${where} are not an object.`);
  const entries = Object.entries(value);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    throw new ManifestInvalidError(`An annotation of ${where} is not text.`);
  }
  return Object.fromEntries(entries);
}

/** RFC 6838, 4.2: a type and a subtype of at most 127 characters each. */
const mediaTypeCharactersMax = 255;

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions */
function parseDescriptorPlatform(value: unknown, where: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw new ManifestInvalidError(`The platform of ${where} is not an object.`);
  const { os, architecture, variant } = value;
  // Artifacts are listed with empty or missing parts; they are then for no platform.
  if (!isName(os) || !isName(architecture)) return undefined;
  return { os, architecture, ...(isName(variant) ? { variant } : {}) };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 64;
}
