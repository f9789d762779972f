import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRedactor } from '#lib/log/redact.ts';
import { type FoundEngine, openEngine, prepareEngine } from './engine.ts';
import { manifestOf } from './manifest-of.ts';
import { type KeptFrom, tryStep } from './trial.ts';
import type { BaseImage, StepNetwork, StepRun } from './types.ts';

export interface EngineTrial {
  readonly keptFrom: readonly KeptFrom[];
  readonly tookMs: number;
}

/**
 * Runs a step on an engine as a worker would, on an image with nothing in it and in a folder that is gone afterwards: one that tries what no
 * step may find. Needs no registry and no store.
 *
 * @returns what it was found to be kept from, and how long it took
 * @throws what `tryStep` throws
 */
export async function tryEngine(
  found: FoundEngine,
  options: {
    readonly searchPath: string;
    readonly network: StepNetwork;
    readonly memoryBytes: number | undefined;
    readonly signal: AbortSignal;
  },
): Promise<EngineTrial> {
  const { searchPath, network, memoryBytes, signal } = options;
  const beganAt = performance.now();
  const root = await mkdtemp(path.join(tmpdir(), 'slipway-trial-'));
  const folder = path.join(root, 'engine');
  try {
    await mkdir(folder);
    await prepareEngine(found, { folder, searchPath });
    const engine = openEngine(found, { folder, searchPath, storeFolder: path.join(root, 'store') });
    const run: StepRun = {
      base: emptyImage(),
      platform,
      images: new Map(),
      files: [],
      lines: [],
      secretsText: undefined,
      network,
      limits: { timeoutMs: 60_000, outputBytesMax: 1_000_000, memoryBytes },
      clean: createRedactor([]),
      onLine: () => {},
      taken: async () => {},
      signal,
    };
    const isTrusted = found.kind === 'buildkit' && found.builder.isTrusted;
    const keptFrom = await tryStep({ folder: root, isTrusted, run, runStep: engine.runStep });
    return { keptFrom, tookMs: performance.now() - beganAt };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };

function emptyImage(): BaseImage {
  const config = new TextEncoder().encode(
    JSON.stringify({ ...platform, config: {}, rootfs: { type: 'layers', diff_ids: [] } }),
  );
  return { manifest: manifestOf({ config, layers: [] }), config, diffIds: [] };
}
