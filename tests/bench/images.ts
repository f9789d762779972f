import { createCipheriv, createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Digest } from '#lib/oci/digest.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { tarHeader } from '#tests/support/layers.ts';

/** An image as the bench asks for it: one number for each layer, the bytes of the file in it. */
export interface ImageShape {
  readonly repository: string;
  readonly tag: string;
  readonly layers: readonly LayerShape[];
}

interface LayerShape {
  /** Layers of the same seed and size are the same. */
  readonly seed: string;
  readonly fileBytes: number;
}

export interface BenchImage {
  /** `repository:tag`, below any host. */
  readonly name: string;
  readonly layerCount: number;
  /** Of all layers, compressed. */
  readonly layerBytes: number;
}

/** Makes an image of bytes that do not compress and pushes it as it is made, so that no size needs memory. */
export async function pushBenchImage(url: string, shape: ImageShape): Promise<BenchImage> {
  const { repository, tag } = shape;
  const layers: PushedLayer[] = [];
  for (const layer of shape.layers) layers.push(await pushLayer(url, repository, layer));
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    }),
  );
  const configDigest = digestOf(config);
  await upload({ url, repository, body: Readable.from([config]), digest: () => configDigest });
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: configDigest,
      size: config.length,
    },
    layers: layers.map(({ digest, sizeBytes }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest,
      size: sizeBytes,
    })),
  };
  await expectStatus(
    await fetch(`${url}/v2/${repository}/manifests/${tag}`, {
      method: 'PUT',
      headers: { 'content-type': manifest.mediaType },
      body: JSON.stringify(manifest),
    }),
    201,
  );
  return {
    name: `${repository}:${tag}`,
    layerCount: layers.length,
    layerBytes: layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

interface PushedLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly sizeBytes: number;
}

async function pushLayer(url: string, repository: string, layer: LayerShape): Promise<PushedLayer> {
  const tarHash = createHash('sha256');
  const gzipHash = createHash('sha256');
  let sizeBytes = 0;
  // Stored, not deflated: random bytes do not shrink. Yet a real gzip, so that nobody compresses it once more.
  const body = Readable.from(tarPieces(layer, (piece) => tarHash.update(piece)))
    .pipe(createGzip({ level: 0, chunkSize: 1024 * 1024 }))
    .pipe(new PassThrough());
  const counted = body.map((piece: Buffer) => {
    gzipHash.update(piece);
    sizeBytes += piece.length;
    return piece;
  });
  let digest: Digest | undefined;
  await upload({
    url,
    repository,
    body: counted,
    digest: () => {
      digest = `sha256:${gzipHash.digest('hex')}` as Digest;
      return digest;
    },
  });
  if (digest === undefined) throw new Error('The upload ended without its digest.');
  return { digest, diffId: `sha256:${tarHash.digest('hex')}` as Digest, sizeBytes };
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks, in one chunk */
async function upload(options: {
  readonly url: string;
  readonly repository: string;
  readonly body: Readable;
  /** Asked when all of the body has gone out. */
  readonly digest: () => Digest;
}): Promise<void> {
  const { url, repository } = options;
  const begun = await fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  await expectStatus(begun, 202);
  const sent = await fetch(new URL(begun.headers.get('location') ?? '', url), {
    method: 'PATCH',
    headers: { 'content-type': 'application/octet-stream' },
    body: Readable.toWeb(options.body) as ReadableStream<Uint8Array>,
    duplex: 'half',
  } as RequestInit);
  await expectStatus(sent, 202);
  const end = new URL(sent.headers.get('location') ?? '', url);
  end.searchParams.set('digest', options.digest());
  await expectStatus(await fetch(end, { method: 'PUT' }), 201);
}

/** A tar with one file of bytes that look random, the same for the same seed. */
function* tarPieces({ seed, fileBytes }: LayerShape, onPiece: (piece: Buffer) => void): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16));
  const zeros = Buffer.alloc(pieceBytes);
  const pieces = function* () {
    yield tarHeader(`srv/${seed}.bin`, fileBytes);
    for (let left = fileBytes; left > 0; left -= pieceBytes) {
      yield cipher.update(zeros.subarray(0, Math.min(left, pieceBytes)));
    }
    yield Buffer.alloc(((512 - (fileBytes % 512)) % 512) + 1024);
  };
  for (const piece of pieces()) {
    onPiece(piece);
    yield piece;
  }
}

const pieceBytes = 1024 * 1024;

async function expectStatus(response: Response, status: number): Promise<void> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.url} answered ${response.status}: ${text}`);
}
