import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { PassThrough, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip, createZstdDecompress } from 'node:zlib';
import type { Digest } from '#lib/oci/digest.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { blobFile } from '#lib/store/paths.ts';
import { EngineFailedError } from './errors.ts';
import { manifestOf } from './manifest-of.ts';
import { readResultLayout } from './result-layout.ts';
import { configOfResult } from './step-config.ts';
import type { BaseImage, StepOutput, StepRun } from './types.ts';

/** What a step made of its base, in the store. */
export interface StepImage extends BaseImage {
  /** The layers that are not the base's. */
  readonly added: readonly Descriptor[];
}

/**
 * Takes what an engine made into the store, trusting nothing that it says: each new layer has to be, unpacked, what the config
 * says; the base's layers have to come first, and are named by the base's own descriptors, so that they keep their digests
 * whatever the engine compressed. New layers are packed here, with gzip, which every reader of images knows. Of the config only what the
 * instructions of the step can change is the engine's.
 *
 * @throws EngineFailedError when the result is not the base with layers added; what the store throws
 */
export async function takeResult(options: {
  readonly output: StepOutput;
  /** The step that was run. */
  readonly run: Pick<StepRun, 'base' | 'lines' | 'platform'>;
  readonly store: BlobStore;
  readonly signal: AbortSignal;
}): Promise<StepImage> {
  const { output, run, store, signal } = options;
  const { base } = run;
  const made = await readResultLayout(output.folder);
  if (!base.diffIds.every((diffId, index) => made.diffIds[index] === diffId)) {
    throw new EngineFailedError({ why: 'What it made does not begin with the layers of its base.' });
  }
  const count = base.diffIds.length;
  const added: PackedLayer[] = [];
  for (const [index, descriptor] of made.manifest.layers.slice(count).entries()) {
    const diffId = made.diffIds[count + index] ?? '';
    // A step that changes no file adds the same empty layer as the one before it: an engine that is told what is there does not write it.
    const known = base.manifest.layers[base.diffIds.indexOf(diffId)];
    added.push(
      known === undefined
        ? await takeLayer({ output, descriptor, diffId, store, signal })
        : { descriptor: known, diffId },
    );
  }
  const diffIds = [...base.diffIds, ...added.map((layer) => layer.diffId)];
  const config = configOfResult({ run, made: made.config, diffIds });
  const layers = added.map(({ descriptor }) => descriptor);
  const manifest = manifestOf({ config, layers: [...base.manifest.layers, ...layers] });
  await store.write({ digest: manifest.config.digest, bytes: config });
  await store.write(manifest);
  return { manifest, diffIds, config, added: layers };
}

interface PackedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
}

async function takeLayer(options: {
  readonly output: StepOutput;
  readonly descriptor: Descriptor;
  readonly diffId: string;
  readonly store: BlobStore;
  readonly signal: AbortSignal;
}): Promise<PackedLayer> {
  const { output, descriptor, diffId, store, signal } = options;
  const file = blobFile(output.folder, descriptor.digest);
  const packed = `${file}.packed`;
  const unpacked = new Meter();
  const kept = new Meter();
  const result = new Meter();
  const stages = [unpackerOf(descriptor), unpacked, output.mend(), kept, createGzip(gzipOptions), result];
  await pipeline([createReadStream(file), ...stages, createWriteStream(packed)], { signal });
  if (unpacked.digest !== diffId) {
    throw new EngineFailedError({ why: 'A layer that it made is not what its config says.' });
  }
  const taken = { mediaType: layerType, digest: result.digest, sizeBytes: (await stat(packed)).size };
  if (!(await store.has(taken))) await store.copyIn({ digest: taken.digest, file: packed, signal });
  await rm(packed);
  return { descriptor: taken, diffId: kept.digest };
}

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
/** Wheels and binaries are compressed already: the fastest level is within some percent of the others. */
const gzipOptions = { level: constants.Z_BEST_SPEED };

/** Hashes what passes. */
class Meter extends PassThrough {
  readonly #hash = createHash('sha256');

  /** Once, after the end. */
  get digest(): Digest {
    return `sha256:${this.#hash.copy().digest('hex')}` as Digest;
  }

  override _transform(
    chunk: Buffer,
    encoding: BufferEncoding,
    done: (error?: Error | null, data?: Buffer) => void,
  ): void {
    this.#hash.update(chunk);
    super._transform(chunk, encoding, done);
  }
}

function unpackerOf({ mediaType }: Descriptor): Transform {
  const make = unpackers[mediaType];
  if (make !== undefined) return make();
  throw new EngineFailedError({ why: `It made a layer of the type ${mediaType.slice(0, 100)}.` });
}

const unpackers: Readonly<Record<string, () => Transform>> = {
  'application/vnd.oci.image.layer.v1.tar': () => new PassThrough(),
  'application/vnd.oci.image.layer.v1.tar+gzip': () => createGunzip(),
  'application/vnd.oci.image.layer.v1.tar+zstd': () => createZstdDecompress(),
};
