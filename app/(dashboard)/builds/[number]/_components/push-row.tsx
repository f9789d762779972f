'use client';

import { CircleStop, RotateCcw } from 'lucide-react';
import { useState, useTransition } from 'react';
import { Button } from '#app/_components/button.tsx';
import { CopyButton } from '#app/_components/copy-button.tsx';
import { ErrorPanel } from '#app/_components/error-panel.tsx';
import { ImageReference } from '#app/_components/image-reference.tsx';
import { Meter } from '#app/_components/meter.tsx';
import { Status } from '#app/_components/status.tsx';
import { Age } from '#app/_components/time.tsx';
import { useComplaint } from '#app/_components/use-complaint.ts';
import {
  formatBytes,
  formatBytesOf,
  formatDigest,
  formatDigestShort,
  formatDuration,
  formatRate,
  formatTimeLeft,
} from '#lib/builds/format.ts';
import type { PushBlobState, PushProgress } from '#lib/push/schema.ts';
import type { PushView } from '#lib/push/types.ts';
import { askToCancelPush } from '../../_components/ask-server.ts';
import { isOpen } from './use-pushes.ts';

export interface PushRowProps {
  readonly push: PushView;
  readonly onAgain: () => void;
}

/** One push: where it goes, how far it is, and what it came to. */
export function PushRow(props: PushRowProps) {
  const { push } = props;
  const complain = useComplaint();
  const [isAsked, setAsked] = useState(false);
  const [isAsking, startCancel] = useTransition();
  const share = push.progress === null ? 0 : shareOf(push.progress);

  function cancel() {
    startCancel(async () => {
      const refusal = await askToCancelPush(push.id);
      if (refusal === null) setAsked(true);
      else complain(refusal.report);
    });
  }

  return (
    <li className="grid grid-cols-[minmax(0,1fr)] gap-2 border-t border-line py-3 first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Status state={push.state} share={share} label={labelOf(push)} />
        <span className="min-w-0 flex-1 basis-64">
          <ImageReference reference={push.reference} />
        </span>
        {isOpen(push) && (
          <Button
            size="sm"
            icon={<CircleStop />}
            isBusy={isAsking || isAsked}
            busyLabel="Cancelling"
            onClick={cancel}
          >
            Cancel push
          </Button>
        )}
      </div>
      {push.state === 'running' && push.progress !== null && (
        <Progress push={push} progress={push.progress} share={share} />
      )}
      {push.state === 'succeeded' && push.digest !== null && (
        <p className="flex flex-wrap items-center gap-x-2 text-small text-ink-2">
          <code className="min-w-0 font-mono wrap-anywhere">{formatDigest(push.digest)}</code>
          <CopyButton label="Copy digest of the pushed image" text={push.digest} />
        </p>
      )}
      <p className="text-small text-ink-3 tabular-nums">
        {factsOf(push).join(', ')}, <Age at={push.createdAt} />
      </p>
      {push.state === 'failed' && push.error !== null && (
        <ErrorPanel
          report={push.error}
          isAnnounced={false}
          actions={
            <Button icon={<RotateCcw />} onClick={props.onAgain}>
              Push again
            </Button>
          }
        />
      )}
      {push.progress?.blobs.some(({ state }) => state !== 'waiting') && push.state !== 'queued' && (
        <Blobs push={push} progress={push.progress} />
      )}
    </li>
  );
}

function Progress(props: {
  readonly push: PushView;
  readonly progress: PushProgress;
  readonly share: number;
}) {
  const { push, progress, share } = props;
  const { done, total } = bytesOf(progress);
  const parts = [formatBytesOf(done, total)];
  if (progress.bytesPerSecond > 0) parts.push(formatRate(progress.bytesPerSecond));
  if (progress.secondsLeft !== undefined) parts.push(`${formatTimeLeft(progress.secondsLeft)} left`);
  const text = parts.join(', ');
  return (
    <div className="grid gap-1">
      <Meter label={`Push to ${push.reference}`} share={share} valueText={text} />
      <p className="text-small text-ink-2 tabular-nums">{text}</p>
    </div>
  );
}

/** What became of each layer; open while it goes on. */
function Blobs({ push, progress }: { readonly push: PushView; readonly progress: PushProgress }) {
  return (
    <details open={push.state === 'running'}>
      <summary className="w-max cursor-pointer text-small text-ink-2 hover:underline touch:min-h-touch">
        {sumOf(push, progress)}
      </summary>
      <ol aria-label={`Layers of the push to ${push.reference}`} className="mt-1 grid">
        {progress.blobs.map((blob) => (
          <li
            key={blob.digest}
            className="grid h-[26px] grid-cols-[100px_minmax(0,1fr)_72px_110px] items-center gap-x-3 text-small max-md:grid-cols-[minmax(0,1fr)_64px_96px]"
          >
            <code className="cut font-mono text-ink-2">{formatDigestShort(blob.digest)}</code>
            <span className="max-md:hidden">
              {blob.state === 'uploading' ? (
                <Meter share={blob.sizeBytes === 0 ? 1 : blob.sentBytes / blob.sizeBytes} />
              ) : (
                <span className="text-ink-3">{blob.kind === 'config' ? 'config' : ''}</span>
              )}
            </span>
            <span className="text-right text-ink-2 tabular-nums">{formatBytes(blob.sizeBytes)}</span>
            <span className={blob.state === 'uploading' ? 'text-tide' : 'text-ink-3'}>
              {wordOf(push, blob.state)}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

const blobWords: Readonly<Record<PushBlobState, string>> = {
  waiting: 'Waiting',
  asking: 'Looking',
  present: 'There already',
  mounted: 'Mounted',
  uploading: 'Uploading',
  uploaded: 'Uploaded',
};

/** Of a push that has ended, what was still to come never went. */
function wordOf({ state }: PushView, blob: PushBlobState): string {
  const isOver = state === 'failed' || state === 'cancelled';
  return isOver && !doneStates.has(blob) ? 'Not sent' : blobWords[blob];
}

const doneStates: ReadonlySet<PushBlobState> = new Set(['present', 'mounted', 'uploaded']);

function bytesOf({ blobs }: PushProgress): { readonly done: number; readonly total: number } {
  let done = 0;
  let total = 0;
  for (const { state, sizeBytes, sentBytes } of blobs) {
    total += sizeBytes;
    done += doneStates.has(state) ? sizeBytes : sentBytes;
  }
  return { done, total };
}

function shareOf(progress: PushProgress): number {
  const { done, total } = bytesOf(progress);
  return total === 0 ? 0 : done / total;
}

function labelOf({ state, waitsFor, progress }: PushView): string | undefined {
  if (waitsFor === 'build') return 'After the build';
  return state === 'running' && progress !== null ? `${Math.floor(shareOf(progress) * 100)}%` : undefined;
}

/** "2 there already, 1 mounted, 1 uploaded" */
function sumOf(push: PushView, { blobs }: PushProgress): string {
  const counts = new Map<string, number>();
  for (const { state } of blobs) {
    const word = wordOf(push, state).toLowerCase();
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return `Layers and config: ${[...counts].map(([word, count]) => `${count} ${word}`).join(', ')}`;
}

function factsOf(push: PushView): string[] {
  const { sentBytes, mountedBytes, presentBytes, progress, cause, secret } = push;
  const isDone = push.state === 'succeeded';
  const tookMs =
    push.startedAt === null || push.endedAt === null
      ? null
      : Date.parse(push.endedAt) - Date.parse(push.startedAt);
  const before = progress?.tagBefore;
  return [
    ...(isDone && sentBytes > 0 ? [`${formatBytes(sentBytes)} sent`] : []),
    ...(isDone && mountedBytes > 0 ? [`${formatBytes(mountedBytes)} mounted`] : []),
    ...(isDone && presentBytes > 0 ? [`${formatBytes(presentBytes)} there already`] : []),
    ...(isDone && before && before !== push.digest
      ? [`the tag was ${formatDigestShort(before)} before`]
      : []),
    ...(tookMs === null ? [] : [formatDuration(tookMs)]),
    ...(cause === null ? [] : [cause]),
    secret === null ? 'no secret' : `secret ${secret.name}${secret.version > 0 ? ` v${secret.version}` : ''}`,
    push.trigger === 'build' ? `with the build of ${push.requesterName}` : `by ${push.requesterName}`,
  ];
}
