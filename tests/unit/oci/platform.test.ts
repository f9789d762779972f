import { describe, expect, it } from 'vitest';
import { parseDigest } from '#lib/oci/digest.ts';
import { PlatformMissingError } from '#lib/oci/errors.ts';
import { InvalidPlatformError } from '#lib/oci/input-errors.ts';
import { choosePlatform, formatPlatform, parsePlatform } from '#lib/oci/platform.ts';
import type { Descriptor, ImageIndex } from '#lib/oci/types.ts';

describe('a platform', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['Linux/AMD64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/x86-64', 'linux/amd64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/i386', 'linux/386'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/7', 'linux/arm/v7'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/s390x', 'linux/s390x'],
    ['macos/arm64', 'darwin/arm64'],
  ])('%s is %s', (text, normalised) => {
    expect(formatPlatform(parsePlatform(text))).toBe(normalised);
  });

  it.each(['', 'linux', 'linux/', '/amd64', 'linux/amd64/v1/x', 'linux/am d64', 'linux/ämd64', 'linux//v8'])(
    '%j is none',
    (text) => {
      expect(() => parsePlatform(text)).toThrow(InvalidPlatformError);
    },
  );
});

describe('the manifest of an index for a platform', () => {
  it.each([
    [['linux/amd64', 'linux/arm64'], 'linux/arm64', 'linux/arm64'],
    [['linux/arm64/v8'], 'linux/arm64', 'linux/arm64/v8'],
    [['linux/arm64'], 'linux/arm64/v8', 'linux/arm64'],
    [['linux/arm/v6', 'linux/arm/v7'], 'linux/arm', 'linux/arm/v7'],
    [['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v7', 'linux/arm/v6'],
    [['linux/arm/v7', 'linux/arm64'], 'linux/arm64', 'linux/arm64'],
    [['linux/amd64', 'linux/amd64/v3'], 'linux/amd64', 'linux/amd64'],
    [['linux/amd64', 'linux/amd64/v2'], 'linux/amd64/v3', 'linux/amd64/v2'],
    [['linux/amd64'], 'linux/amd64/v3', 'linux/amd64'],
    [['windows/amd64', 'linux/amd64'], 'linux/amd64', 'linux/amd64'],
  ])('of %j for %s is %s', (present, wanted, chosen) => {
    const index = indexOf(present);
    const found = choosePlatform({ index, platform: parsePlatform(wanted) });
    expect(index.manifests.indexOf(found)).toBe(present.indexOf(chosen));
  });

  it.each([
    [['linux/arm/v7'], 'linux/arm/v6'],
    [['linux/amd64/v3'], 'linux/amd64'],
    [['linux/arm/v7'], 'linux/arm64'],
    [['windows/amd64'], 'linux/amd64'],
    [[], 'linux/amd64'],
  ])('of %j for %s is missing, and the error lists what there is', (present, wanted) => {
    const index = indexOf(present);
    const choose = () => choosePlatform({ index, platform: parsePlatform(wanted) });
    expect(choose).toThrow(PlatformMissingError);
    expect(choose).toThrow(expect.objectContaining({ available: present }));
  });

  it('is never an attestation', () => {
    const [image] = indexOf(['linux/amd64']).manifests;
    if (image === undefined) throw new Error('no image');
    const unknown = { ...image, platform: { os: 'unknown', architecture: 'unknown' } };
    const labelled = { ...image, annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } };
    const { platform: _, ...without } = image;
    const index = { ...indexOf([]), manifests: [unknown, labelled, without, image] };
    expect(choosePlatform({ index, platform: parsePlatform('linux/amd64') })).toBe(image);
  });
});

function indexOf(platforms: readonly string[]): ImageIndex {
  const digest = parseDigest(`sha256:${'0'.repeat(64)}`);
  return {
    kind: 'index',
    mediaType: 'application/vnd.oci.image.index.v1+json',
    digest,
    bytes: new Uint8Array(),
    manifests: platforms.map((text, at): Descriptor => {
      const [os = '', architecture = '', variant] = text.split('/');
      return {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: parseDigest(`sha256:${at.toString(16).padStart(64, '0')}`),
        sizeBytes: 1,
        platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
      };
    }),
  };
}
