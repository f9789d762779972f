import { mediaTypes } from '#lib/oci/media-types.ts';
import type { Descriptor, ImageManifest } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';

/** A manifest as an OCI layout lists it. */
export interface LayoutManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/**
 * A manifest in the form that readers of OCI layouts take: skopeo, umoci and oci-image-tool pass over Docker's types
 * there. An OCI manifest stays as it is. Of a Docker one the types alone change, config and layers are the same blobs;
 * so it gets another digest, and the one that the registry knows stays in the layout beside it.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md#compatibility-matrix
 */
export function ociForm(manifest: ImageManifest): LayoutManifest {
  const { mediaType, digest, bytes } = manifest;
  if (mediaType !== mediaTypes.dockerManifest) {
    return { descriptor: { mediaType, digest, sizeBytes: bytes.length }, bytes };
  }
  const { config, layers, annotations } = manifest;
  const converted = new TextEncoder().encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: wireForm(config),
      layers: layers.map(wireForm),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    }),
  );
  return {
    descriptor: {
      mediaType: mediaTypes.ociManifest,
      digest: digestOf(converted),
      sizeBytes: converted.length,
    },
    bytes: converted,
  };
}

function wireForm({ mediaType, digest, sizeBytes }: Descriptor) {
  return { mediaType: ociTypes[mediaType] ?? mediaType, digest, size: sizeBytes };
}

/** Layers in Docker's format are tar archives, compressed or not, exactly as OCI's. */
const ociTypes: Readonly<Record<string, string>> = {
  [mediaTypes.dockerConfig]: mediaTypes.ociConfig,
  'application/octet-stream': mediaTypes.ociConfig,
  'application/vnd.docker.image.rootfs.diff.tar': 'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd': 'application/vnd.oci.image.layer.v1.tar+zstd',
};
