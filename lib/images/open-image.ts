import type { Readable } from 'node:stream';
import { LayerUnreadableError } from './errors.ts';
import { type FoundFile, ImageFiles } from './image-files.ts';
import { keepRule } from './kept-files.ts';
import { type KeptFile, type LayerContents, MemoryBudget, memoryBytesOf } from './layer-contents.ts';
import { readNote, writeNote } from './layer-note.ts';
import { walkLayer } from './walk-layer.ts';

/** A layer's blob, and a place for what was found in it: `ReadableBlob` of the store is one. */
export interface LayerSource {
  open(): Readable;
  readNote(): Promise<Uint8Array | undefined>;
  writeNote(bytes: Uint8Array): Promise<void>;
}

export interface OpenImageOptions {
  /** From the base up. */
  readonly layers: readonly LayerSource[];
  /** Paths and bare names of files whose beginnings are likely to be asked for. */
  readonly wanted: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** Hears of each layer as soon as it is read; `isNoted` when an earlier build had read it. */
  readonly onLayer?: (layer: OpenedLayer) => void;
  readonly timeoutMs?: number;
}

export interface OpenedLayer {
  readonly index: number;
  readonly contents: LayerContents;
  readonly isNoted: boolean;
}

export interface OpenedImage {
  readonly files: ImageFiles;
  readonly layers: readonly LayerContents[];
}

/**
 * Reads what the layers of an image hold, without unpacking them to a disk and without running anything.
 * @throws LayerUnreadableError of the layer, or the signal's reason
 */
export async function openImage(options: OpenImageOptions): Promise<OpenedImage> {
  const { layers, wanted, onLayer, timeoutMs = defaultTimeoutMs } = options;
  const failed = new AbortController();
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout, failed.signal]);
  const budget = new MemoryBudget(memoryBytesMax);
  const opened: LayerContents[] = [];
  const queue = layers.entries();
  const openNext = async () => {
    for (const [index, source] of queue) {
      const layer = await openLayer({ source, index, wanted, budget, signal });
      opened[index] = layer.contents;
      onLayer?.(layer);
    }
  };
  let failure: unknown;
  const openers = Array.from({ length: layersAtOnce }, () =>
    openNext().catch((error: unknown) => {
      // What the others throw once they are stopped is not why.
      failure ??= error;
      failed.abort();
    }),
  );
  await Promise.all(openers);
  options.signal.throwIfAborted();
  if (timeout.aborted && failure !== undefined && !(failure instanceof LayerUnreadableError)) {
    throw tooSlow(timeoutMs);
  }
  if (failure !== undefined) throw failure;
  return {
    layers: opened,
    files: new ImageFiles({ layers: opened, readAgain: (file) => readAgain(file, { ...options, opened }) }),
  };
}

async function openLayer(options: {
  readonly source: LayerSource;
  readonly index: number;
  readonly wanted: ReadonlySet<string>;
  readonly budget: MemoryBudget;
  readonly signal: AbortSignal;
}): Promise<OpenedLayer> {
  const { source, index, wanted, budget, signal } = options;
  signal.throwIfAborted();
  try {
    const noted = await readNote(await source.readNote());
    if (noted !== undefined) {
      budget.take(memoryBytesOf(noted));
      return { index, contents: noted, isNoted: true };
    }
    const contents = await walkLayer({ packed: source.open(), keep: keepRule(wanted), budget, signal });
    await source.writeNote(await writeNote(contents));
    return { index, contents, isNoted: false };
  } catch (error) {
    throw error instanceof LayerUnreadableError ? error.ofLayer(index) : error;
  }
}

/** Another build of the same layers may ask for other files than the first one did. */
async function readAgain(
  file: FoundFile,
  options: OpenImageOptions & { readonly opened: readonly LayerContents[] },
): Promise<KeptFile | undefined> {
  const source = options.layers[file.layerIndex];
  const known = options.opened[file.layerIndex];
  if (source === undefined || known === undefined) return undefined;
  const timeout = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs);
  try {
    const { files } = await walkLayer({
      packed: source.open(),
      keep: keepRule(new Set([file.layerPath])),
      budget: new MemoryBudget(memoryBytesMax),
      signal: AbortSignal.any([options.signal, timeout]),
    });
    await source.writeNote(await writeNote({ ...known, files: new Map([...known.files, ...files]) }));
    return files.get(file.layerPath);
  } catch (error) {
    options.signal.throwIfAborted();
    if (timeout.aborted || error instanceof LayerUnreadableError) return undefined;
    throw error;
  }
}

function tooSlow(timeoutMs: number): LayerUnreadableError {
  return new LayerUnreadableError({
    why: `that took longer than the ${Math.round(timeoutMs / 1000)} seconds that a build has for it`,
    next: 'Run the build again: layers that were read are not read again.',
  });
}

/** Unpacking uses threads of its own: one layer is unpacked while names of another are taken in. */
const layersAtOnce = 2;

/** Unpacking 40 GB takes about this long. Nobody should wait longer to learn whether there is a `pip`. */
const defaultTimeoutMs = 180_000;

/** About 1.5 million files. The largest images have 500,000, which take a third of it. */
const memoryBytesMax = 128 * 1024 * 1024;
