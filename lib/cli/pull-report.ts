import type { Writable } from 'node:stream';
import { formatBytes, formatCountOf, formatDuration } from '#lib/builds/format.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { formatPlatform } from '#lib/oci/platform.ts';
import { formatReference, type Reference } from '#lib/oci/reference.ts';
import type { PullEvent } from '#lib/pull/events.ts';
import { distinctBlobs, type PullPlan } from '#lib/pull/plan.ts';
import { errorLine } from './error-line.ts';
import { createPlainProgress, createTerminalProgress } from './pull-progress.ts';

/** What a pull tells whoever started it. */
export interface PullReport {
  resolving(reference: Reference): void;
  planned(plan: PullPlan): void;
  event(event: PullEvent): void;
  done(end: PullEnd): void;
  /** Ends a display that is being redrawn; the failure itself is told as well where `--json` is read. */
  failed(error: unknown): void;
}

interface PullEnd {
  readonly digest: Digest;
  /** As other tools name it: `oci:/folder:tag`. */
  readonly place: string;
  readonly fetchedBytes: number;
  readonly reusedBytes: number;
  readonly durationMs: number;
}

type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

export function createReport(options: { readonly stdout: Output; readonly isJson: boolean }): PullReport {
  return options.isJson ? jsonReport(options.stdout) : textReport(options.stdout);
}

function jsonReport(stdout: Output): PullReport {
  const say = (line: object) => stdout.write(`${JSON.stringify(line)}\n`);
  return {
    resolving: (reference) => say({ kind: 'resolving', reference: formatReference(reference) }),
    planned: ({ image, blobs, totalBytes, toFetchBytes }) =>
      say({
        kind: 'plan',
        digest: image.manifest.digest,
        indexDigest: image.indexDigest,
        platform: formatPlatform(image.platform),
        layers: blobs.map(({ index, descriptor, state, doneBytes }) => ({
          index,
          digest: descriptor.digest,
          sizeBytes: descriptor.sizeBytes,
          state,
          doneBytes,
        })),
        totalBytes,
        toFetchBytes,
      }),
    event: say,
    done: (end) => say({ kind: 'done', ...end, durationMs: Math.round(end.durationMs) }),
    failed: (error) => say(errorLine(error)),
  };
}

function textReport(stdout: Output): PullReport {
  const say = (line: string) => stdout.write(`${line}\n`);
  let progress: ReturnType<typeof createPlainProgress> | undefined;
  return {
    resolving: (reference) => say(`Asking for ${formatReference(reference)}`),
    planned: (plan) => {
      say(planLine(plan));
      progress = stdout.isTTY
        ? createTerminalProgress({ plan, terminal: stdout })
        : createPlainProgress({ plan, say });
    },
    event: (event) => progress?.event(event),
    done: ({ digest, place, fetchedBytes, reusedBytes, durationMs }) => {
      progress?.end();
      const reused = reusedBytes === 0 ? '' : `, ${formatBytes(reusedBytes)} reused`;
      say(`Fetched ${formatBytes(fetchedBytes)}${reused}, in ${formatDuration(durationMs)}`);
      say(`Pulled ${digest} to ${place}`);
    },
    failed: () => progress?.end(),
  };
}

function planLine({ image, blobs, totalBytes, toFetchBytes }: PullPlan): string {
  const layers = formatCountOf(distinctBlobs(blobs).length, 'layer');
  const rest = toFetchBytes === 0 ? 'all here' : `${formatBytes(toFetchBytes)} to fetch`;
  return `${image.manifest.digest} for ${formatPlatform(image.platform)}: ${layers}, ${formatBytes(totalBytes)}, ${rest}`;
}
