import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEgress } from '#lib/egress/egress.ts';
import { reportError } from '#lib/errors/report.ts';
import { createRegistryClient } from '#lib/oci/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { gatherCrew } from '#lib/pull/crew.ts';
import { fetchPlan } from '#lib/pull/fetch-plan.ts';
import { planPull } from '#lib/pull/plan.ts';
import { ownLayout } from '#lib/pull/provenance.ts';
import { resolveImage } from '#lib/pull/resolve.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import { nameImage } from '#lib/store/layout.ts';
import { runProgram } from './bound-process.ts';
import { type FaultServer, startFaultServer } from './fault-server.ts';
import { seeded } from './seeded.ts';

export interface FaultRun {
  /** Code of the error with which the pull among faults ended; undefined when it came through. */
  readonly code: string | undefined;
  /** When it was cancelled, how long it took to end. */
  readonly cancelMs: number | undefined;
}

/**
 * Pulls an image from a registry that fails at random, and once more when it has come to its senses.
 * @throws with the seed and the story, when anything is not as it must be
 */
export async function runAmongFaults(options: {
  readonly seed: number;
  /** Looks at the layout with another program's eyes as well; that takes its time. */
  readonly asksPeer: boolean;
  /** Carries in threads, as large pulls do. */
  readonly inThreads?: boolean;
}): Promise<FaultRun> {
  const { seed, inThreads = false } = options;
  const chance = seeded(seed ^ 0x5eed);
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-faults-'));
  const server = await startFaultServer({
    seed,
    faultPercent: chance.pick([5, 15, 30, 60]),
    layerBytes: Array.from({ length: 1 + chance.below(5) }, () => chance.pick(sizes) + chance.below(1000)),
  });
  try {
    const cancelAfterMs = chance.below(4) === 0 ? chance.below(150) : undefined;
    const first = await tryPull({ server, folder, cancelAfterMs, inThreads, limits: hasty });
    await checkStore(folder, first.code === undefined ? server : undefined);
    server.behave();
    const second = await tryPull({ server, folder, cancelAfterMs: undefined, inThreads, limits: patient });
    if (second.code !== undefined) throw new Error(`The pull without faults ended with ${second.code}.`);
    await checkStore(folder, server);
    if (options.asksPeer) {
      await runProgram('oci-image-tool', ['validate', '--type', 'image', '--ref', 'name=1', folder]);
    }
    return first;
  } catch (cause) {
    const story = server.story.slice(-40).join('\n');
    throw new Error(`Seed ${seed}: ${cause instanceof Error ? cause.message : cause}\n${story}`, { cause });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Nothing, less than a piece, about one, several. */
const sizes = [0, 700, 15_000, 40_000, 90_000];
const pieceBytes = 16 * 1024;

async function tryPull(options: {
  readonly server: FaultServer;
  readonly folder: string;
  readonly cancelAfterMs: number | undefined;
  readonly inThreads: boolean;
  readonly limits: typeof hasty;
}): Promise<FaultRun> {
  const { server, folder, cancelAfterMs, inThreads, limits } = options;
  const { host, repository } = server;
  const rule = { plainHttp: true, allowPrivate: true };
  const egress = createEgress({ registries: { registries: { [host]: rule }, tokenUris: [] } });
  const client = createRegistryClient({ registry: host, ...egress.forRegistry(host), limits });
  const crew = gatherCrew({ client, toFetchBytes: inThreads ? Number.POSITIVE_INFINITY : 0 });
  const cancel = new AbortController();
  let cancelledAtMs: number | undefined;
  const timer =
    cancelAfterMs === undefined
      ? undefined
      : setTimeout(() => {
          cancelledAtMs = performance.now();
          cancel.abort();
        }, cancelAfterMs);
  let code: string | undefined;
  try {
    const { signal } = cancel;
    const store = await openBlobStore({
      root: folder,
      durability: 'fast',
      isPrivate: true,
      pieceBytes,
      leaseTiming: { heartbeatMs: 1000, staleAfterMs: 6000, pollMs: 5 },
    });
    const reference = { registry: host, repository, tag: '1', digest: server.digest };
    const platform = { os: 'linux', architecture: 'amd64' };
    const provenance = ownLayout;
    const image = await resolveImage({ client, reference, platform, cache: { store, provenance }, signal });
    const plan = await planPull({ image, store, client, repository, provenance, signal });
    let doneBytes = 0;
    await fetchPlan({
      ...{ plan, client, repository, store, signal, crew },
      onEvent: (event) => {
        if (event.kind !== 'progress') return;
        doneBytes = event.layers.reduce((sum, layer) => sum + layer.doneBytes, 0);
      },
    });
    const wholeBytes = plan.blobs.reduce((sum, { descriptor }) => sum + descriptor.sizeBytes, 0);
    if (doneBytes !== wholeBytes) throw new Error(`Progress ended at ${doneBytes} of ${wholeBytes}.`);
    const { mediaType, digest, bytes } = image.manifest;
    const manifest = { mediaType, digest, sizeBytes: bytes.length, platform };
    await nameImage({ store, manifest, name: '1', signal });
  } catch (error) {
    const report = reportError(error);
    const isCancel = cancel.signal.aborted && (report.kind === 'cancelled' || isAbort(error));
    if (report.kind === 'internal' && !isCancel) throw error;
    code = isCancel ? 'cancelled' : report.code;
  } finally {
    clearTimeout(timer);
    await crew.close();
    await egress.close();
  }
  const cancelMs = cancelledAtMs === undefined ? undefined : performance.now() - cancelledAtMs;
  if (cancelMs !== undefined && cancelMs > endMaxMs) throw new Error(`It took ${cancelMs} ms to stop.`);
  await untilClosed(server);
  return { code, cancelMs };
}

/** For what takes a moment on a machine that has nothing else to do. */
const endMaxMs = 20_000;

/** Short, so that a thousand runs take minutes; the order of things is the same. */
const hasty = {
  answerTimeoutMs: 250,
  idleTimeoutMs: 120,
  attemptsMax: 4,
  backoffBaseMs: 1,
  backoffMaxMs: 4,
  retryAfterMaxMs: 1000,
};

/** Nothing is slow then but the machine. */
const patient = { ...hasty, answerTimeoutMs: 20_000, idleTimeoutMs: 20_000 };

function isAbort(error: unknown): boolean {
  return error instanceof Error && ['AbortError', 'CancelledError'].includes(error.name);
}

/** No connection outlives a pull: the server sees each one end, before it would close one that is idle by itself. */
async function untilClosed(server: FaultServer): Promise<void> {
  const until = performance.now() + endMaxMs;
  while ((await server.openConnections()) > 0) {
    if (performance.now() > until) throw new Error('A connection was left open.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Every blob is what its name says; with `whole`, all of the image is there, named, and nothing else is left. */
async function checkStore(folder: string, whole: FaultServer | undefined): Promise<void> {
  const blobs = path.join(folder, 'blobs', 'sha256');
  const names: readonly string[] = await readdir(blobs).catch(() => []);
  for (const name of names) {
    const hex = createHash('sha256')
      .update(await readFile(path.join(blobs, name)))
      .digest('hex');
    if (hex !== name) throw new Error(`The blob ${name} holds ${hex}.`);
  }
  const hexOf = (digest: Digest) => digest.slice('sha256:'.length);
  if (whole === undefined) return;
  const missing = [whole.digest, ...whole.layers.map(({ digest }) => digest)].filter(
    (digest) => !names.includes(hexOf(digest)),
  );
  if (missing.length > 0) throw new Error(`The layout lacks ${missing.join(', ')}.`);
  const left = await readdir(path.join(folder, 'ingest')).catch(() => []);
  if (left.length > 0) throw new Error(`Left in ingest: ${left.join(', ')}.`);
  const index = await readFile(path.join(folder, 'index.json'), 'utf8');
  if (!index.includes(whole.digest)) throw new Error('The layout does not name the image.');
}
