import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine } from '#lib/engines/engine.ts';
import { type StepImage, takeResult } from '#lib/engines/take-result.ts';
import type { BaseImage, OutputLine, StepRun } from '#lib/engines/types.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import { busyboxLayer } from '#tests/support/busybox-layer.ts';
import type { TestEngine } from '#tests/support/engines.ts';

/** A store with a base that no registry has, and an engine that runs steps on it. */
export interface Bench {
  readonly base: BaseImage;
  readonly store: BlobStore;
  /** Runs each line, or `RUN` of what is none, takes the result into the store, and says what was printed. */
  run(commands: readonly string[], options?: RunOptions): Promise<RunEnd>;
  close(): Promise<void>;
}

interface RunEnd {
  readonly image: StepImage;
  readonly lines: readonly OutputLine[];
}

type RunOptions = Partial<
  Pick<StepRun, 'secretsText' | 'clean' | 'network' | 'signal' | 'onLine' | 'base' | 'images' | 'files'>
> & {
  readonly limits?: Partial<StepRun['limits']>;
};

export async function openBench(
  options: Pick<TestEngine, 'found' | 'folder' | 'searchPath'>,
): Promise<Bench> {
  const root = await mkdtemp(path.join(tmpdir(), 'slipway-bench-store-'));
  const store = await openBlobStore({ root, durability: 'fast' });
  const base = await writeBase(store);
  const { found, folder, searchPath } = options;
  const engine = openEngine(found, { folder, searchPath, storeFolder: root });
  return {
    base,
    store,
    async run(commands, options = {}) {
      const lines: OutputLine[] = [];
      const { signal = new AbortController().signal, ...rest } = options;
      const run: StepRun = {
        base,
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
        return { image: await takeResult({ output, base: run.base, store, signal }), lines };
      } finally {
        await output.dispose();
      }
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
}

/** busybox alone. */
async function writeBase(store: BlobStore): Promise<BaseImage> {
  const layer = await busyboxLayer();
  if (!Buffer.isBuffer(layer.content)) throw new Error('The layer is a file');
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      config: { Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    }),
  );
  const prefix = 'application/vnd.oci.image';
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${prefix}.manifest.v1+json`,
      config: { mediaType: `${prefix}.config.v1+json`, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: `${prefix}.layer.v1.tar+gzip`, digest: layer.digest, size: layer.sizeBytes }],
    }),
  );
  await store.write({ digest: layer.digest, bytes: layer.content });
  await store.write({ digest: digestOf(config), bytes: config });
  await store.write({ digest: digestOf(bytes), bytes });
  const manifest = parseManifest({ bytes, digest: digestOf(bytes) });
  if (manifest.kind !== 'image') throw new Error('The base is an index');
  return { manifest, diffIds: [layer.diffId] };
}
