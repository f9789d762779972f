import { describe, expect, it } from 'vitest';
import { parseManifest } from '#lib/oci/manifest.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';

const oci = 'application/vnd.oci.image.manifest.v1+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';
const docker = 'application/vnd.docker.distribution.manifest.v2+json';
const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
const digest = `sha256:${'1'.repeat(64)}`;
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 7 };
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 9 };
const child = {
  mediaType: oci,
  digest,
  size: 5,
  platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
};
const image = { schemaVersion: 2, config, layers: [layer] };
const index = { schemaVersion: 2, manifests: [child] };

describe('the type of a manifest', () => {
  it.each([
    ['an OCI image', { ...image, mediaType: oci }, oci, oci],
    ['an OCI image without the field', image, oci, oci],
    ['a Docker image', { ...image, mediaType: docker }, docker, docker],
    ['an OCI index', { ...index, mediaType: ociIndex }, ociIndex, ociIndex],
    ['an OCI index without the field', index, ociIndex, ociIndex],
    ['a Docker list', { ...index, mediaType: dockerList }, dockerList, dockerList],
    ['with parameters', { ...image, mediaType: oci }, `${oci.toUpperCase()}; charset=utf-8`, oci],
    ['of a server that sends a general type', { ...image, mediaType: docker }, 'application/json', docker],
    ['of a server that sends none', { ...index, mediaType: dockerList }, null, dockerList],
    ['by its form alone', index, 'text/plain', ociIndex],
  ])('%s', (_, json, contentType, mediaType) => {
    const bytes = encode(json);
    const manifest = parseManifest({ bytes, mediaType: contentType });
    expect(manifest).toMatchObject({ mediaType, digest: digestOf(bytes), bytes });
    expect(manifest.kind).toBe('layers' in json ? 'image' : 'index');
  });

  it('has descriptors without addresses of their own', () => {
    const manifest = parseManifest({
      bytes: encode({
        ...image,
        layers: [{ ...layer, urls: ['https://evil.example/'], data: 'AAAA', annotations: { a: 'b' } }],
      }),
    });
    expect(manifest).toMatchObject({ kind: 'image', annotations: {} });
    expect(manifest.kind === 'image' && manifest.layers).toEqual([
      { mediaType: layer.mediaType, digest, sizeBytes: 9, annotations: { a: 'b' } },
    ]);
  });

  it('has platforms where they are whole', () => {
    const bytes = encode({
      ...index,
      manifests: [child, { ...child, platform: { os: '', architecture: '' } }],
    });
    const manifest = parseManifest({ bytes });
    expect(manifest.kind === 'index' && manifest.manifests.map(({ platform }) => platform)).toEqual([
      child.platform,
      undefined,
    ]);
  });
});

describe('a manifest that is refused', () => {
  it.each<[string, unknown, string | null, string, string]>([
    [
      'schema 1 by type',
      image,
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'SchemaOneError',
      'schema 1',
    ],
    [
      'schema 1 by version',
      { schemaVersion: 1, fsLayers: [] },
      'application/json',
      'SchemaOneError',
      'schema 1',
    ],
    ['image and index at once', { ...image, ...index }, oci, 'ManifestInvalidError', 'two ways'],
    ['image with schema 1 layers', { ...index, fsLayers: [] }, ociIndex, 'ManifestInvalidError', 'two ways'],
    [
      'another type than it came as',
      { ...image, mediaType: docker },
      oci,
      'ManifestInvalidError',
      'must agree',
    ],
    ['index that came as an image', index, oci, 'ManifestInvalidError', 'form'],
    ['image that came as an index', image, ociIndex, 'ManifestInvalidError', 'form'],
    ['no JSON', '<html>', oci, 'ManifestInvalidError', 'not JSON'],
    ['no object', [], oci, 'ManifestInvalidError', 'not a JSON object'],
    ['null', null, oci, 'ManifestInvalidError', 'not a JSON object'],
    ['no version', { config, layers: [] }, oci, 'ManifestInvalidError', 'schemaVersion'],
    ['version as text', { ...image, schemaVersion: '2' }, oci, 'ManifestInvalidError', 'schemaVersion'],
    ['type that is no text', { ...image, mediaType: 5 }, oci, 'ManifestInvalidError', 'not text'],
    [
      'unknown type',
      { schemaVersion: 2, mediaType: 'application/x' },
      null,
      'NotAnImageError',
      'application/x',
    ],
    [
      'Helm chart',
      { ...image, config: { ...config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
      oci,
      'NotAnImageError',
      'helm',
    ],
    [
      'artifact',
      {
        ...image,
        artifactType: 'application/vnd.example+type',
        config: { ...config, mediaType: 'application/vnd.oci.empty.v1+json' },
      },
      oci,
      'NotAnImageError',
      'vnd.example',
    ],
    [
      'foreign layer',
      {
        ...image,
        layers: [layer, { ...layer, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }],
      },
      oci,
      'ForeignLayerError',
      'Layer 2',
    ],
    [
      'non-distributable layer',
      {
        ...image,
        layers: [{ ...layer, mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' }],
      },
      oci,
      'ForeignLayerError',
      'Layer 1',
    ],
    ['no config', { schemaVersion: 2, layers: [] }, oci, 'ManifestInvalidError', 'config'],
    ['no layers', { schemaVersion: 2, config }, oci, 'ManifestInvalidError', 'layers'],
    [
      'negative size',
      { ...image, layers: [{ ...layer, size: -1 }] },
      oci,
      'ManifestInvalidError',
      'layers[0]',
    ],
    [
      'size with a fraction',
      { ...image, layers: [{ ...layer, size: 1.5 }] },
      oci,
      'ManifestInvalidError',
      'size',
    ],
    [
      'size beyond what can be counted',
      { ...image, layers: [{ ...layer, size: 2 ** 53 }] },
      oci,
      'ManifestInvalidError',
      'size',
    ],
    [
      'sizes that add up to that',
      { ...image, layers: [{ ...layer, size: 2 ** 53 - 1 }, layer] },
      oci,
      'ManifestInvalidError',
      'add up',
    ],
    ['size as text', { ...image, layers: [{ ...layer, size: '9' }] }, oci, 'ManifestInvalidError', 'size'],
    [
      'digest that is a path',
      { ...image, layers: [{ ...layer, digest: '../../etc/passwd' }] },
      oci,
      'ManifestInvalidError',
      'digest',
    ],
    [
      'unknown algorithm',
      { ...image, layers: [{ ...layer, digest: `md5:${'1'.repeat(32)}` }] },
      oci,
      'ManifestInvalidError',
      'verified',
    ],
    [
      'layer without a type',
      { ...image, layers: [{ digest, size: 1 }] },
      oci,
      'ManifestInvalidError',
      'media type',
    ],
    ['layer that is null', { ...image, layers: [null] }, oci, 'ManifestInvalidError', 'layers[0]'],
    [
      'annotation that is no text',
      { ...image, annotations: { a: 1 } },
      oci,
      'ManifestInvalidError',
      'annotation',
    ],
    ['too many layers', { ...image, layers: Array(1001).fill(layer) }, oci, 'ManifestInvalidError', '1001'],
    [
      'too many manifests',
      { ...index, manifests: Array(1001).fill(child) },
      ociIndex,
      'ManifestInvalidError',
      '1001',
    ],
  ])('%s', (_, json, mediaType, name, text) => {
    const bytes = typeof json === 'string' ? new TextEncoder().encode(json) : encode(json);
    expect(() => parseManifest({ bytes, mediaType })).toThrow(expect.objectContaining({ name }));
    expect(() => parseManifest({ bytes, mediaType })).toThrow(text);
  });

  it('has bytes that are no UTF-8', () => {
    const bytes = new Uint8Array([0x7b, 0xff, 0x7d]);
    expect(() => parseManifest({ bytes })).toThrow('not JSON');
  });

  it('is not what the digest says', () => {
    const bytes = encode({ ...image, mediaType: oci });
    expect(() => parseManifest({ bytes, digest: digestOf(bytes.subarray(1)) })).toThrow(
      expect.objectContaining({ name: 'DigestMismatchError', actual: digestOf(bytes) }),
    );
    const long = digestOf(bytes, 'sha512');
    expect(parseManifest({ bytes, digest: long }).digest).toBe(long);
  });

  it('is larger than one may be', () => {
    expect(() => parseManifest({ bytes: new Uint8Array(4 * 1024 * 1024 + 1) })).toThrow(
      expect.objectContaining({ name: 'AnswerTooLargeError' }),
    );
  });
});

function encode(json: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json));
}
