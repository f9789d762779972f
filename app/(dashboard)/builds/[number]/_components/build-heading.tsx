'use client';

import { Clock, Package } from 'lucide-react';
import Link from 'next/link';
import { Avatar } from '#app/_components/avatar.tsx';
import { classNames } from '#app/_components/class-names.ts';
import { CopyButton } from '#app/_components/copy-button.tsx';
import { ImageReference } from '#app/_components/image-reference.tsx';
import { RegistryIcon } from '#app/_components/registry-icon.tsx';
import { Status, type StatusState } from '#app/_components/status.tsx';
import { formatClock, formatDay, formatDuration, formatExactTime } from '#lib/builds/format.ts';
import type { BuildHead, BuildView, Waiting } from '#lib/builds/types.ts';
import { registryOf } from '../../../_components/registry-of.ts';
import { Trigger } from '../../_components/trigger.tsx';
import { waitingWords } from './waiting-words.ts';

export interface BuildHeadingProps {
  readonly head: BuildHead;
  readonly view: BuildView;
  readonly share: number;
  readonly isCancelling: boolean;
  readonly waiting: Waiting | null;
  readonly nowMs: number | null;
  readonly actions: React.ReactNode;
}

/** Which image, in which state, from where, by whom, since when. */
export function BuildHeading(props: BuildHeadingProps) {
  const { head, view, nowMs } = props;
  const registry = registryOf(head.reference);
  const time = timeOf(head, view, nowMs);
  return (
    <div className="flex items-start gap-4 px-6 pt-2 max-md:flex-col max-md:gap-3.5 max-md:px-4 max-md:pt-3">
      <div className="min-w-0 flex-1 max-md:w-full">
        <div className="flex items-start gap-1">
          <h1 className="min-w-0 max-md:[&>span]:text-[1.0625rem]">
            <ImageReference reference={head.reference} size="title" />
          </h1>
          <CopyButton label="Copy image reference" text={head.reference} className="mt-0.5 touch:-my-2" />
        </div>
        <div className="mt-2 flex flex-wrap items-center gap-x-3.5 gap-y-1.5 text-ink-2">
          <Status
            isPill
            state={view.state satisfies StatusState}
            share={props.share}
            label={props.isCancelling ? 'Cancelling' : undefined}
          />
          {head.image !== null && <ImageLink {...head.image} />}
          <span className="inline-flex min-w-0 items-center gap-1.5">
            <RegistryIcon registry={registry.host} title={registry.name} />
            <span className="cut">
              {registry.region === undefined ? registry.name : `${registry.name}, ${registry.region}`}
            </span>
          </span>
          <span className="inline-flex min-w-0 items-center gap-1.5">
            <Avatar name={head.requesterName} />
            <span className="cut">{head.requesterName}</span>
          </span>
          <Trigger build={head} />
          <span className="inline-flex items-center gap-1.5 tabular-nums">
            <Clock className="size-3.5 text-ink-3" aria-hidden />
            <time dateTime={time.at} title={formatExactTime(time.at, zoneOf(nowMs))}>
              {time.text}
            </time>
          </span>
        </div>
        {view.cause !== null && view.state !== 'failed' && (
          <p className="mt-2 text-small text-ink-3">{view.cause}</p>
        )}
        {props.waiting !== null && (
          <p
            className={classNames(
              'mt-2 text-small tabular-nums',
              props.waiting.workers === 0 ? 'text-warn-fg' : 'text-ink-3',
            )}
          >
            {waitingWords(props.waiting)}
          </p>
        )}
      </div>
      <div className="flex flex-none gap-2 max-md:w-full max-md:*:first:flex-1">{props.actions}</div>
    </div>
  );
}

/** Whose build it is, for those who know the image by its name. */
function ImageLink({ name, revision }: NonNullable<BuildHead['image']>) {
  return (
    <Link
      href={`/images/${encodeURIComponent(name)}`}
      title={`Image ${name}, revision ${revision}`}
      className="inline-flex max-w-full min-w-0 items-center gap-1.5 text-ink hover:underline touch:min-h-touch"
    >
      <Package className="size-3.5 flex-none text-ink-3" aria-hidden />
      <span className="cut font-medium">{name}</span>
      <span className="flex-none text-ink-3 tabular-nums">r{revision}</span>
    </Link>
  );
}

function zoneOf(nowMs: number | null): string | undefined {
  return nowMs === null ? 'UTC' : undefined;
}

function timeOf(
  head: BuildHead,
  view: BuildView,
  nowMs: number | null,
): { readonly at: string; readonly text: string } {
  const at = view.startedAt ?? head.createdAt;
  const clock = momentOf(at, nowMs);
  if (view.startedAt === null) {
    return { at, text: view.state === 'cancelled' ? `Asked for ${clock}, never started` : `Queued ${clock}` };
  }
  const took = (endMs: number) => formatDuration(endMs - Date.parse(at));
  if (view.endedAt !== null) {
    const word = view.state === 'succeeded' ? 'took' : 'stopped after';
    return { at, text: `Started ${clock}, ${word} ${took(Date.parse(view.endedAt))}` };
  }
  return { at, text: nowMs === null ? `Started ${clock}` : `Started ${clock}, running ${took(nowMs)}` };
}

/** A clock time today, with its day before. */
function momentOf(at: string, nowMs: number | null): string {
  const zone = zoneOf(nowMs);
  const clock = formatClock(at, zone);
  if (nowMs === null) return clock;
  const day = formatDay(at, new Date(nowMs), zone);
  return day === 'Today' ? clock : `${day} ${clock}`;
}
