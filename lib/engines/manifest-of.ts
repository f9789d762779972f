import { mediaTypes } from '#lib/oci/media-types.ts';
import type { Descriptor, ImageManifest } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';

/**
 * The OCI manifest of a config and layers that are of OCI's types.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 */
export function manifestOf(options: {
  readonly config: Uint8Array;
  readonly layers: readonly Descriptor[];
}): ImageManifest {
  const config = {
    mediaType: mediaTypes.ociConfig,
    digest: digestOf(options.config),
    sizeBytes: options.config.length,
  };
  const { layers } = options;
  const wire = ({ mediaType, digest, sizeBytes }: Descriptor) => ({ mediaType, digest, size: sizeBytes });
  const mediaType = mediaTypes.ociManifest;
  const bytes = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, mediaType, config: wire(config), layers: layers.map(wire) }),
  );
  return { kind: 'image', mediaType, digest: digestOf(bytes), bytes, config, layers, annotations: {} };
}
