import type { Writable } from 'node:stream';
import {
  formatBytes,
  formatBytesOf,
  formatCountOf,
  formatDigestShort,
  formatPercent,
  formatRate,
  formatTimeLeft,
} from '#lib/builds/format.ts';
import type { LayerProgress, ProgressEvent, PullEvent } from '#lib/pull/events.ts';
import { distinctBlobs, type PlannedBlob, type PullPlan } from '#lib/pull/plan.ts';

export interface PullProgress {
  event(event: PullEvent): void;
  /** After it, nothing is redrawn. */
  end(): void;
}

/** For pipes and logs: a line for each layer in place, and how far it is every few seconds. */
export function createPlainProgress(options: {
  readonly plan: PullPlan;
  readonly say: (line: string) => void;
  readonly now?: () => number;
}): PullProgress {
  const { plan, say, now = () => performance.now() } = options;
  let saidAtMs = now();
  return {
    event(event) {
      if (event.kind === 'layer') {
        const resumed =
          event.resumedBytes > 0 ? `, ${formatBytes(event.resumedBytes)} of it from an earlier try` : '';
        const name = `Layer ${event.index + 1} of ${plan.blobs.length}`;
        say(
          `${name} ${event.state}: ${formatDigestShort(event.digest)}, ${formatBytes(event.sizeBytes)}${resumed}`,
        );
      } else if (now() - saidAtMs >= plainIntervalMs) {
        saidAtMs = now();
        say(summaryOf(plan, event));
      }
    },
    end() {},
  };
}

/** For terminals: one line a layer, redrawn in place. */
export function createTerminalProgress(options: {
  readonly plan: PullPlan;
  readonly terminal: Writable & { readonly columns?: number; readonly rows?: number };
}): PullProgress {
  const { plan, terminal } = options;
  let drawnLines = 0;
  return {
    event(event) {
      if (event.kind !== 'progress') return;
      const { columns = 80, rows = 24 } = terminal;
      const lines = renderProgress({ plan, event, columns, rows });
      // Up to the first line drawn, then each line anew, and nothing left below: one write, so no frame is seen half.
      const up = drawnLines === 0 ? '' : `\u001b[${drawnLines}A`;
      terminal.write(`${up}\r${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`);
      drawnLines = lines.length;
    },
    end() {
      drawnLines = 0;
    },
  };
}

/** The lines of one frame: none wider than the terminal, and not more than it is high. */
export function renderProgress(options: {
  readonly plan: PullPlan;
  readonly event: ProgressEvent;
  readonly columns: number;
  readonly rows: number;
}): readonly string[] {
  const { plan, event, columns, rows } = options;
  const layers = distinctBlobs(plan.blobs).flatMap((blob) => {
    const progress = event.layers[blob.index];
    return progress === undefined ? [] : [{ blob, progress }];
  });
  // The summary, the line of the prompt, and the line that says how many are not shown.
  const linesMax = Math.max(1, rows - 3);
  const shown = layers.length <= linesMax ? layers : mostTelling(layers).slice(0, linesMax);
  const hidden = layers.length - shown.length;
  return [
    ...shown.map(({ blob, progress }) => layerLine({ blob, progress, columns })),
    ...(hidden === 0 ? [] : [`and ${formatCountOf(hidden, 'layer')} more`]),
    summaryOf(plan, event),
  ].map((line) => line.slice(0, Math.max(1, columns - 1)));
}

/** Every five seconds: often enough to see that it lives, seldom enough for a log. */
const plainIntervalMs = 5000;

interface ShownLayer {
  readonly blob: PlannedBlob;
  readonly progress: LayerProgress;
}

/** What moves first, then what waits, then what is done; in the manifest's order among equals. */
function mostTelling(layers: readonly ShownLayer[]): readonly ShownLayer[] {
  const order = ['failed', 'fetching', 'verifying', 'waiting', 'verified', 'reused'];
  return layers.toSorted((a, b) => order.indexOf(a.progress.state) - order.indexOf(b.progress.state));
}

/** Columns go one by one as the terminal narrows: the bar first, then the digest. */
function layerLine(options: ShownLayer & { readonly columns: number }): string {
  const { blob, progress, columns } = options;
  const { sizeBytes, digest } = blob.descriptor;
  const number = String(blob.index + 1).padStart(3);
  const state = progress.state.padEnd(9);
  const isWhole = progress.doneBytes >= sizeBytes;
  const bytes = isWhole ? formatBytes(sizeBytes) : formatBytesOf(progress.doneBytes, sizeBytes);
  const share = sizeBytes === 0 ? 1 : progress.doneBytes / sizeBytes;
  const narrow = `${number} ${state} ${bytes}`;
  if (columns < 48) return narrow;
  const named = `${number} ${formatDigestShort(digest)} ${state} ${bytes.padStart(20)}`;
  return columns < 76 ? named : `${named}  ${bar(share)}`;
}

function bar(share: number): string {
  const width = 24;
  const filled = Math.min(width, Math.max(0, Math.floor(share * width)));
  return `${'━'.repeat(filled)}${'·'.repeat(width - filled)}`;
}

function summaryOf(plan: PullPlan, event: ProgressEvent): string {
  const distinct = distinctBlobs(plan.blobs);
  const doneBytes = distinct.reduce((sum, { index }) => sum + (event.layers[index]?.doneBytes ?? 0), 0);
  const share = plan.totalBytes === 0 ? 1 : doneBytes / plan.totalBytes;
  const isMoving = event.layers.some(({ state }) => state === 'fetching');
  return [
    `${formatPercent(share)}, ${formatBytesOf(doneBytes, plan.totalBytes)}`,
    ...(isMoving ? [`${formatRate(event.bytesPerSecond)}`] : []),
    ...(isMoving && event.secondsLeft !== undefined ? [`${formatTimeLeft(event.secondsLeft)} left`] : []),
  ].join(', ');
}
