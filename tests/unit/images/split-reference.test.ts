import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitReference } from '#lib/images/split-reference.ts';

describe('the parts of a reference that are shown in tones of their own', () => {
  test.each([
    ['docker.io/library/ubuntu:22.04', 'docker.io/', 'library/', 'ubuntu', ':22.04'],
    ['ghcr.io/halden/edge-gateway', 'ghcr.io/', 'halden/', 'edge-gateway', ''],
    ['localhost/app:1', 'localhost/', '', 'app', ':1'],
    ['registry.test:5000/ml/serving/vllm:0.6.3', 'registry.test:5000/', 'ml/serving/', 'vllm', ':0.6.3'],
    ['[::1]:5000/app:1', '[::1]:5000/', '', 'app', ':1'],
    ['quay.io/a/b@sha256:9f2c41ab', 'quay.io/', 'a/', 'b', '@sha256:9f2c41ab'],
    ['quay.io/a/b:1@sha256:9f2c41ab', 'quay.io/', 'a/', 'b', ':1@sha256:9f2c41ab'],
    ['halden/edge-gateway:2', '', 'halden/', 'edge-gateway', ':2'],
    ['ubuntu', '', '', 'ubuntu', ''],
  ])('%s', (reference, host, path, name, tag) => {
    expect(splitReference(reference)).toEqual({ host, path, name, tag });
  });

  test('lose and add nothing, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { host, path, name, tag } = splitReference(text);
        expect(host + path + name + tag).toBe(text);
      }),
    );
  });
});
