import { describe, expect, it } from 'vitest';
import { parseManifest } from '#lib/oci/manifest.ts';
import type { ImageManifest } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { ociForm } from '#lib/pull/oci-form.ts';

const docker = 'application/vnd.docker';
const oci = 'application/vnd.oci.image';

function parse(manifest: { readonly mediaType: string } & Readonly<Record<string, unknown>>): ImageManifest {
  const parsed = parseManifest({
    bytes: Buffer.from(JSON.stringify(manifest)),
    mediaType: manifest.mediaType,
  });
  if (parsed.kind !== 'image') throw new Error('not an image');
  return parsed;
}

const descriptor = (mediaType: string, name: string) => ({
  mediaType,
  digest: digestOf(Buffer.from(name)),
  size: 7,
});

describe('the form in which a layout lists a manifest', () => {
  it('is the same, byte for byte, of an OCI manifest', () => {
    const manifest = parse({
      schemaVersion: 2,
      mediaType: `${oci}.manifest.v1+json`,
      config: descriptor(`${oci}.config.v1+json`, 'c'),
      layers: [descriptor(`${oci}.layer.v1.tar+zstd`, 'l')],
      annotations: { a: 'b' },
    });
    const form = ociForm(manifest);
    expect(form.bytes).toBe(manifest.bytes);
    expect(form.descriptor).toEqual({
      mediaType: `${oci}.manifest.v1+json`,
      digest: manifest.digest,
      sizeBytes: manifest.bytes.length,
    });
  });

  it('of a Docker manifest has other types and the same blobs in the same order', () => {
    const types = ['', '.gzip', '.zstd'];
    const manifest = parse({
      schemaVersion: 2,
      mediaType: `${docker}.distribution.manifest.v2+json`,
      config: descriptor(`${docker}.container.image.v1+json`, 'c'),
      layers: types.map((type) => descriptor(`${docker}.image.rootfs.diff.tar${type}`, type)),
    });
    const { descriptor: listed, bytes } = ociForm(manifest);
    const read = parseManifest({ bytes, mediaType: listed.mediaType, digest: listed.digest });
    expect(read).toMatchObject({
      kind: 'image',
      mediaType: `${oci}.manifest.v1+json`,
      config: { ...manifest.config, mediaType: `${oci}.config.v1+json` },
      layers: manifest.layers.map((layer, index) => ({
        ...layer,
        mediaType: `${oci}.layer.v1.tar${['', '+gzip', '+zstd'][index]}`,
      })),
    });
    expect(listed.digest).not.toBe(manifest.digest);
    // The same every time, or a second pull would list it twice.
    expect(ociForm(manifest).descriptor).toEqual(listed);
  });
});
