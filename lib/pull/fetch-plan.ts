import { CancelledError } from '#lib/errors/cancelled.ts';
import type { RegistryClient } from '#lib/oci/client.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import type { IngestProgress, IngestResult } from '#lib/store/ingest.ts';
import { commitImage } from './commit-image.ts';
import { type Crew, gatherCrew } from './crew.ts';
import type { LayerState, PullEvent } from './events.ts';
import { distinctBlobs, type PlannedBlob, type PullPlan } from './plan.ts';
import { ProgressMeter } from './progress-meter.ts';
import { connectionsMax } from './width.ts';

export interface FetchPlanOptions {
  readonly plan: PullPlan;
  readonly client: RegistryClient;
  readonly repository: string;
  readonly store: BlobStore;
  readonly signal: AbortSignal;
  readonly onEvent: (event: PullEvent) => void;
  /** Who fetches; gathered for this pull alone when absent. */
  readonly crew?: Crew;
}

/** Bytes of layers. `reusedBytes` were here, or came through another pull; together they are what the image holds. */
export interface FetchResult {
  readonly fetchedBytes: number;
  readonly reusedBytes: number;
}

/**
 * Fetches what a plan lacks and commits the image: when this resolves, manifest, config and layers are in the store,
 * verified. When it throws, partial layers are left to go on from, and no manifest became visible.
 * @throws CancelledError when the signal fires; StoreFullError before anything is fetched if it cannot fit; otherwise the
 *   failure that came first, from the client or the store
 */
export async function fetchPlan(options: FetchPlanOptions): Promise<FetchResult> {
  const { plan, client, store, signal } = options;
  await store.ensureRoom(plan.toFetchBytes);
  const meter = new ProgressMeter({ blobs: plan.blobs, onEvent: options.onEvent });
  const failed = new AbortController();
  const crew = options.crew ?? gatherCrew({ client, toFetchBytes: plan.toFetchBytes });
  const work = { ...options, meter, crew, signal: AbortSignal.any([signal, failed.signal]) };
  // Large ones first: the last to come is then a small one, and nobody waits for one connection at the end.
  const waiting = distinctBlobs(plan.blobs).toSorted(
    (a, b) => b.descriptor.sizeBytes - a.descriptor.sizeBytes,
  );
  const results: FetchResult[] = [];
  const fetchInTurn = async () => {
    for (let blob = waiting.shift(); blob !== undefined; blob = waiting.shift()) {
      try {
        results.push(await fetchBlob(work, blob));
      } catch (error) {
        // The first failure is the cause; what breaks off because of it is not.
        failed.abort(error);
        return;
      }
    }
  };

  meter.start();
  try {
    await Promise.all(Array.from({ length: layersAtOnce }, fetchInTurn));
    if (signal.aborted) throw new CancelledError(signal.reason);
    failed.signal.throwIfAborted();
    await commitImage({ image: plan.image, store });
  } finally {
    meter.finish();
    if (options.crew === undefined) await crew.close();
  }
  return {
    fetchedBytes: results.reduce((sum, { fetchedBytes }) => sum + fetchedBytes, 0),
    reusedBytes: results.reduce((sum, { reusedBytes }) => sum + reusedBytes, 0),
  };
}

/** As many as there may be connections: small layers keep all of them busy, of large ones only some are begun. */
const layersAtOnce = connectionsMax;

/** Tells one blob on its way from every other of this process. */
let cargoCount = 0;

type Work = FetchPlanOptions & { readonly meter: ProgressMeter; readonly crew: Crew };

async function fetchBlob(work: Work, blob: PlannedBlob): Promise<FetchResult> {
  const { client, repository, store, signal, meter, crew } = work;
  const { descriptor } = blob;
  const { digest, sizeBytes } = descriptor;
  signal.throwIfAborted();
  let result: IngestResult;
  try {
    result = await store.ingest({
      descriptor,
      source: client.registry,
      isGranted: blob.isGranted,
      confirm: () => client.hasBlob({ repository, digest, signal }),
      bring({ partial, isSecondTry, signal }) {
        const { file, landed } = partial;
        cargoCount += 1;
        const { memory, pieceBytes } = landed;
        const cargo = { id: cargoCount, repository, descriptor, file, memory, pieceBytes };
        return crew.bring({ cargo: { ...cargo, asksMirrors: !isSecondTry }, landed, signal });
      },
      signal,
      onProgress: (progress) => meter.update(digest, changeOf(progress)),
    });
  } catch (error) {
    // Others stopped because of this one, or because somebody asked to; they did not fail.
    meter.update(digest, { state: signal.aborted ? 'waiting' : 'failed' });
    throw error;
  }
  const { fetchedBytes, resumedBytes } = result;
  const state = fetchedBytes + resumedBytes === 0 ? 'reused' : 'verified';
  meter.update(digest, { state, doneBytes: sizeBytes });
  work.onEvent({ kind: 'layer', index: blob.index, digest, sizeBytes, state, fetchedBytes, resumedBytes });
  return { fetchedBytes, reusedBytes: Math.max(0, sizeBytes - fetchedBytes) };
}

function changeOf({ phase, doneBytes }: IngestProgress): { state: LayerState; doneBytes?: number } {
  switch (phase) {
    case 'fetching':
    case 'following':
      return { state: 'fetching', doneBytes };
    case 'verifying':
      return { state: 'verifying', doneBytes };
  }
}
