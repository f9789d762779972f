import type { LayerEvent, LayerProgress, PullEvent } from '#lib/pull/events.ts';
import type { PullPlan } from '#lib/pull/plan.ts';
import { formatBytes, formatDigestShort, formatDuration } from '../format.ts';
import { paint } from '../log/ansi.ts';
import type { StageLog } from '../log/stage-log.ts';
import type { BuildEvent, Layer } from '../schema.ts';

/** Puts what a pull reports into events and lines of its build. */
export interface PullReport {
  /** Where every layer stands before the first byte. */
  begin(): void;
  on(event: PullEvent): void;
}

export function createPullReport(options: {
  readonly plan: PullPlan;
  readonly createdBy: readonly (string | undefined)[];
  readonly log: StageLog;
  readonly emit: (event: BuildEvent) => void;
  readonly now?: () => number;
}): PullReport {
  const { plan, log, emit, now = () => performance.now() } = options;
  const begun = new Map<number, number>();
  const width = Math.max(0, ...plan.blobs.map(({ descriptor }) => formatBytes(descriptor.sizeBytes).length));
  const name = (index: number) => {
    const digest = plan.blobs[index]?.descriptor.digest ?? '';
    return `${String(index + 1).padStart(String(plan.blobs.length).length)} ${formatDigestShort(digest)}`;
  };
  const size = (sizeBytes: number) => formatBytes(sizeBytes).padStart(width);

  function tellBeginning({ index, state, doneBytes }: LayerProgress): void {
    if (state !== 'fetching' || begun.has(index)) return;
    begun.set(index, now());
    const { sizeBytes } = plan.blobs[index]?.descriptor ?? { sizeBytes: 0 };
    const earlierBytes = plan.blobs[index]?.doneBytes ?? 0;
    const from = earlierBytes > 0 && doneBytes > 0 ? `, resuming at ${formatBytes(earlierBytes)}` : '';
    log.say('layer', `${name(index)}  ${size(sizeBytes)}  fetching${from}`);
  }

  function tellEnd({ index, state, sizeBytes, fetchedBytes }: LayerEvent): void {
    if (state === 'reused') {
      log.say('layer', `${name(index)}  ${size(sizeBytes)}  ${paint('green', 'reused')}`);
      return;
    }
    const tookMs = now() - (begun.get(index) ?? now());
    const came = `${formatBytes(fetchedBytes)} in ${formatDuration(tookMs)}`;
    log.say(
      'layer',
      `${name(index)}  ${size(sizeBytes)}  ${paint('cyan', 'verified')} sha256 matches, ${came}`,
    );
  }

  return {
    begin() {
      emit({
        kind: 'layers',
        layers: plan.blobs.map((blob) => layerOf(blob, options.createdBy[blob.index])),
      });
    },
    on(event) {
      if (event.kind === 'layer') return tellEnd(event);
      for (const layer of event.layers) tellBeginning(layer);
      emit({ ...event, layers: [...event.layers] });
    },
  };
}

function layerOf(blob: PullPlan['blobs'][number], createdBy: string | undefined): Layer {
  const { digest, mediaType, sizeBytes } = blob.descriptor;
  return {
    index: blob.index,
    digest,
    mediaType,
    sizeBytes,
    state: blob.state === 'present' ? 'reused' : 'waiting',
    doneBytes: blob.doneBytes,
    ...(createdBy === undefined ? {} : { createdBy }),
  };
}
