import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine } from '#lib/engines/engine.ts';
import { manifestOf } from '#lib/engines/manifest-of.ts';
import { type StepImage, takeResult } from '#lib/engines/take-result.ts';
import type { BaseImage, OutputLine, StepRun } from '#lib/engines/types.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import { archiveOf, type TestTree } from '#tests/support/archive.ts';
import { busyboxLayer } from '#tests/support/busybox-layer.ts';
import type { TestEngine } from '#tests/support/engines.ts';
import { layerOfTar } from '#tests/support/layers.ts';

/** A store with a base that no registry has, and an engine that runs steps on it. */
export interface Bench {
  readonly base: BaseImage;
  readonly store: BlobStore;
  /** Another base: busybox with a layer on it, and with what the config says of it. */
  makeBase(options: BaseOptions): Promise<BaseImage>;
  /** Runs each line, or `RUN` of what is none, takes the result into the store, and says what was printed. */
  run(commands: readonly string[], options?: RunOptions): Promise<RunEnd>;
  close(): Promise<void>;
}

interface RunEnd {
  readonly image: StepImage;
  readonly lines: readonly OutputLine[];
}

interface BaseOptions {
  /** Beside the layers. */
  readonly image?: object;
  /** What containers of it are given. */
  readonly config?: object;
  readonly tree?: TestTree;
  /** Without busybox. */
  readonly isBare?: boolean;
}

type RunOptions = Partial<
  Pick<
    StepRun,
    'secretsText' | 'clean' | 'network' | 'signal' | 'onLine' | 'base' | 'platform' | 'images' | 'files'
  >
> & {
  readonly limits?: Partial<StepRun['limits']>;
};

export async function openBench(
  options: Pick<TestEngine, 'found' | 'folder' | 'searchPath'>,
): Promise<Bench> {
  const root = await mkdtemp(path.join(tmpdir(), 'slipway-bench-store-'));
  const store = await openBlobStore({ root, durability: 'fast' });
  const base = await writeBase(store, {});
  const { found, folder, searchPath } = options;
  const engine = openEngine(found, { folder, searchPath, storeFolder: root });
  return {
    base,
    store,
    makeBase: (more) => writeBase(store, more),
    async run(commands, options = {}) {
      const lines: OutputLine[] = [];
      const { signal = new AbortController().signal, ...rest } = options;
      const run: StepRun = {
        base,
        platform,
        lines: commands.map((line) => (/^[A-Z]+ /.test(line) ? line : `RUN ${line}`)),
        secretsText: undefined,
        clean: createRedactor([]),
        images: new Map(),
        files: [],
        network: 'none',
        ...rest,
        limits: { timeoutMs: 60_000, outputBytesMax: 1_000_000, memoryBytes: undefined, ...options.limits },
        onLine: (line) => {
          lines.push(line);
          options.onLine?.(line);
        },
        taken: async () => {},
        signal,
      };
      const output = await engine.runStep(run);
      try {
        return { image: await takeResult({ output, run, store, signal }), lines };
      } finally {
        await output.dispose();
      }
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
}

const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };

/** busybox, and what lies on it. */
async function writeBase(store: BlobStore, options: BaseOptions): Promise<BaseImage> {
  const { image = {}, config: settings = {}, tree, isBare = false } = options;
  const contents = [
    ...(isBare ? [] : [await busyboxLayer()]),
    ...(tree === undefined ? [] : [layerOfTar(await archiveOf(tree))]),
  ];
  const diffIds = contents.map(({ diffId }) => diffId);
  const config = Buffer.from(
    JSON.stringify({
      ...platform,
      config: { Env: ['PATH=/bin'], ...settings },
      rootfs: { type: 'layers', diff_ids: diffIds },
      ...image,
    }),
  );
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const manifest = manifestOf({
    config,
    layers: contents.map(({ digest, sizeBytes }) => ({ mediaType, digest, sizeBytes })),
  });
  for (const { digest, content } of contents) await store.write({ digest, bytes: content as Buffer });
  await store.write({ digest: manifest.config.digest, bytes: config });
  await store.write(manifest);
  return { manifest, config, diffIds };
}
