import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PushedImage, pushImage } from '#tests/support/images.ts';
import { randomBytesOf } from '#tests/support/layers.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { startRegistryProxy } from '#tests/support/registry-proxy.ts';
import { createPullBench } from '#tests/support/slipway-pull.ts';

type Lie = (response: ServerResponse, sizeBytes: number) => void;

const wrongBytes: Lie = (response, sizeBytes) => {
  response.writeHead(200, { 'content-length': sizeBytes });
  response.end(randomBytesOf('wrong', sizeBytes));
};
const cutShort: Lie = (response, sizeBytes) => {
  response.writeHead(200, { 'content-length': sizeBytes });
  response.write(Buffer.alloc(sizeBytes >> 1), () => response.destroy());
};
const shorterThanPromised: Lie = (response, sizeBytes) => {
  response.writeHead(200, { 'content-length': sizeBytes - 1 });
  response.end(Buffer.alloc(sizeBytes - 1));
};
const endless: Lie = (response) => {
  response.writeHead(200);
  const chunk = Buffer.alloc(65_536);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
};

describe('a registry that serves other bytes than it promised', () => {
  let registry: TestRegistry;
  let image: PushedImage;
  beforeAll(async () => {
    registry = await startRegistry({ auth: 'none' });
    image = await pushImage({ registry, repository: 'team/app', tag: '1', layers: [400_000, 300_000] });
  });
  afterAll(() => registry.stop());

  it.each([
    ['other bytes', wrongBytes, 'digest_mismatch', 8],
    ['a body that always breaks off', cutShort, 'registry_unavailable', 6],
    ['a body that is too short', shorterThanPromised, 'blob_size', 8],
    ['a body without an end', endless, 'blob_size', 8],
  ])('shows nothing of a layer with %s', async (_what, lie, errorCode, exitCode) => {
    const victim = image.layers[0];
    if (victim === undefined) throw new Error('the image has layers');
    await using proxy = await startRegistryProxy({
      target: registry.url,
      intercept(request, response) {
        if (request.method !== 'GET' || !request.url?.endsWith(victim.digest)) return false;
        lie(response, victim.size);
        return true;
      },
    });
    await using bench = await createPullBench({ hosts: [proxy.host] });
    const to = bench.folder('lied-to');
    const { code, stdout } = await bench.run([`${proxy.host}/team/app:1`, '--to', to, '--json']);
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    expect({ code, ...last }).toMatchObject({
      code: exitCode,
      kind: 'error',
      exitCode,
      error: { code: errorCode },
    });

    const blobs = await readdir(path.join(to, 'blobs', 'sha256'));
    expect(blobs).not.toContain(victim.digest.slice('sha256:'.length));
    expect(blobs).not.toContain(image.digest.slice('sha256:'.length));
    expect(await readdir(to)).not.toContain('index.json');
    // The failed layer says so; the one that came, or was stopped because of it, does not.
    const progress = JSON.parse(stdout.split('\n').findLast((line) => line.includes('"progress"')) ?? '');
    expect(progress.layers[0].state).toBe('failed');
    expect(progress.layers[1].state).not.toBe('failed');
  });

  it('takes no manifest that is another than the one asked for', async () => {
    await using proxy = await startRegistryProxy({
      target: registry.url,
      intercept(request, response) {
        if (!request.url?.includes('/manifests/')) return false;
        const bytes = Buffer.from(
          image.bytes.toString().replace('"schemaVersion":2', '"schemaVersion":2,"x":1'),
        );
        response.writeHead(200, { 'content-type': image.mediaType, 'content-length': bytes.length });
        response.end(request.method === 'HEAD' ? undefined : bytes);
        return true;
      },
    });
    await using bench = await createPullBench({ hosts: [proxy.host] });
    const { code } = await bench.run([`${proxy.host}/team/app@${image.digest}`, '--to', bench.folder('out')]);
    expect(code).toBe(8);
  });
});

describe('a layout on a disk that is too small', () => {
  const megabyte = 1_000_000;
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ auth: 'none' });
    await pushImage({ registry, repository: 'team/large', tag: '1', layers: [20 * megabyte] });
    await pushImage({ registry, repository: 'team/small', tag: '1', layers: [2 * megabyte] });
  });
  afterAll(() => registry.stop());

  it('says so before it fetches anything, and takes what fits', async () => {
    await using proxy = await startRegistryProxy({ target: registry.url });
    await using bench = await createPullBench({ hosts: [proxy.host] });
    const [large, small] = ['large', 'small'].map((name) => `${proxy.host}/team/${name}:1`);
    const { stdout, code } = await bench.runOnSmallDisk({
      sizeBytes: 12 * megabyte,
      script: `
        $PULL ${large} --to disk 2>&1; echo "code $?"
        $PULL ${small} --to disk 2>&1; echo "code $?"
        oci-image-tool validate --type image --ref name=1 disk 2>&1`,
    });
    expect(stdout).toMatch(/The disk is full\. 20\.?\d* MB are needed in .+, and 1[12]\.?\d* MB are free\./);
    expect(stdout.match(/^code \d+$/gm)).toEqual(['code 9', 'code 0']);
    expect(code).toBe(0);
    const bodies = proxy.blobRequests().filter(({ bodyBytes }) => bodyBytes > 10 * megabyte);
    expect(bodies).toEqual([]);
  });

  it('gives back what it cannot finish when the disk fills up, and finishes once there is room', async () => {
    await using proxy = await startRegistryProxy({ target: registry.url, bytesPerSecond: 4 * megabyte });
    await using bench = await createPullBench({ hosts: [proxy.host] });
    const { stdout, code } = await bench.runOnSmallDisk({
      sizeBytes: 40 * megabyte,
      script: `
        $PULL ${proxy.host}/team/large:1 --to disk 2>&1 & pull=$!
        until test "0$(du -s --block-size=1000000 disk/ingest 2>/dev/null | cut -f1)" -ge 3; do sleep 0.05; done
        dd if=/dev/zero of=disk/filler bs=1M 2>/dev/null
        wait $pull; echo "code $?"
        echo "left $(find disk/ingest -name 'partial-*' | wc -l), $(ls disk/blobs/sha256 | wc -l)"
        rm disk/filler
        $PULL ${proxy.host}/team/large:1 --to disk 2>&1; echo "code $?"
        oci-image-tool validate --type image --ref name=1 disk 2>&1`,
    });
    expect(stdout).toContain('The disk is full. The file system of');
    expect(stdout).toContain('left 0, 0');
    expect(stdout.match(/^code \d+$/gm)).toEqual(['code 9', 'code 0']);
    expect(code).toBe(0);
  });
});

describe('a folder that cannot take an image', () => {
  it('is left alone if it holds something else', async () => {
    await using registry = await startRegistry({ auth: 'none' });
    await using bench = await createPullBench({ hosts: [registry.host] });
    const folder = path.dirname(bench.folder('x'));
    await writeFile(path.join(folder, 'letter.txt'), 'mine');
    const before = await readdir(folder);
    const { code, stderr } = await bench.run([`${registry.host}/team/app:1`, '--to', folder]);
    expect(code).toBe(12);
    expect(stderr).toContain('is not an image layout');
    expect(await readdir(folder)).toEqual(before);
    expect(await readFile(path.join(folder, 'letter.txt'), 'utf8')).toBe('mine');
  });

  it('is named if a part of its path is a file', async () => {
    await using registry = await startRegistry({ auth: 'none' });
    await using bench = await createPullBench({ hosts: [registry.host] });
    await writeFile(bench.folder('file'), '');
    const { code, stderr } = await bench.run([
      `${registry.host}/a/b:1`,
      '--to',
      path.join(bench.folder('file'), 'in'),
    ]);
    expect({ code, stderr }).toMatchObject({
      code: 9,
      stderr: expect.stringContaining('is a file, not a folder'),
    });
  });
});
