'use client';

import { ChevronDown, ChevronUp, CircleStop, RotateCcw, Upload } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { IconButton } from '#app/_components/icon-button.tsx';
import { PageHeader } from '#app/_components/page-header.tsx';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { useNow } from '#app/_components/use-now.ts';
import type { BuildBefore } from '#lib/builds/build-before.ts';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildHead, BuildView, LogLine } from '#lib/builds/types.ts';
import { PushDialog } from '../../_components/push-dialog.tsx';
import { StreamNote } from '../../_components/stream-note.tsx';
import { BuildHeading } from './build-heading.tsx';
import { BuildMenu } from './build-menu.tsx';
import { CancelDialog } from './cancel-dialog.tsx';
import { Contents } from './contents.tsx';
import type { StreamStatus } from './event-stream.ts';
import { Facts } from './facts.tsx';
import { Fault } from './fault.tsx';
import { Layers } from './layers.tsx';
import { LogViewer } from './log-viewer.tsx';
import { Pushes, type Pushing, proposalAfter } from './pushes.tsx';
import { SinceLast } from './since-last.tsx';
import { StageRail } from './stage-rail.tsx';
import { shareDone, shownStages } from './stages.ts';
import { StepsList } from './steps-list.tsx';
import { useAnnouncements } from './use-announcements.ts';
import { useBuildActs } from './use-build-acts.ts';
import { useBuildStream } from './use-build-stream.ts';
import { useLogLines } from './use-log-lines.ts';
import { usePushAnnouncements } from './use-push-announcements.ts';
import { usePushes } from './use-pushes.ts';
import { useTabTitle } from './use-tab-title.ts';
import { useWaiting } from './use-waiting.ts';

export interface BuildScreenProps {
  readonly head: BuildHead;
  readonly view: BuildView;
  readonly tail: readonly LogLine[];
  readonly cancelRequestedBy: string | null;
  readonly pushing: Pushing;
  /** The last build of the same image. */
  readonly before: BuildBefore | null;
  readonly neighbours: { readonly previous: number | null; readonly next: number | null };
}

/** A build, as it goes on. */
export function BuildScreen(props: BuildScreenProps) {
  const { head, neighbours } = props;
  const { number } = head;
  const lines = useLogLines({ number, initial: props.tail });
  const { view, rates, status } = useBuildStream({ number, initial: props.view, onLines: lines.put });
  const acts = useBuildActs({ head, view, isCancelRequested: props.cancelRequestedBy !== null });
  const [isAsking, setAsking] = useState(false);
  const [isPushing, setPushing] = useState(false);
  const { pushes, follow } = usePushes({ number, initial: props.pushing.pushes });
  const isLive = !isFinal(view.state);
  const waiting = useWaiting(number, view.state === 'queued');
  const nowMs = useNow(1000);
  const router = useRouter();
  const share = shareDone(view);
  const errorLine = isLive ? null : findErrorLine(view, lines.get);
  const download = () => window.location.assign(`/api/builds/${number}/log.txt`);

  useAnnouncements(number, view);
  usePushAnnouncements(pushes);
  useTabTitle(head, view.state);
  useShortcut('[', () => neighbours.previous !== null && router.push(`/builds/${neighbours.previous}`));
  useShortcut(']', () => neighbours.next !== null && router.push(`/builds/${neighbours.next}`));
  useShortcut('c', () => setAsking(true), { isEnabled: isLive && !acts.isCancelling });
  useShortcut('r', acts.rerun, { isEnabled: !isLive && !acts.isRerunning });

  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Builds', href: '/' }]}
        title={<span className="tabular-nums">#{number}</span>}
        isHeading={false}
        actions={
          <>
            <ConnectionNote status={status} />
            <IconButton
              size="sm"
              label="Previous build"
              icon={<ChevronUp />}
              shortcut="["
              {...linkTo(neighbours.previous)}
            />
            <IconButton
              size="sm"
              label="Next build"
              icon={<ChevronDown />}
              shortcut="]"
              {...linkTo(neighbours.next)}
            />
          </>
        }
      />
      <BuildHeading
        head={head}
        view={view}
        share={share}
        isCancelling={acts.isCancelling}
        waiting={waiting}
        nowMs={nowMs}
        actions={
          <>
            {isLive ? (
              <Button
                variant="stop"
                icon={<CircleStop />}
                isBusy={acts.isCancelling}
                busyLabel="Cancelling"
                onClick={() => setAsking(true)}
              >
                Cancel build
              </Button>
            ) : (
              <Button
                icon={<RotateCcw />}
                isBusy={acts.isRerunning}
                busyLabel="Starting"
                onClick={acts.rerun}
              >
                Re-run
              </Button>
            )}
            {view.state === 'succeeded' && (
              <Button icon={<Upload />} onClick={() => setPushing(true)}>
                Push
              </Button>
            )}
            <BuildMenu head={head} view={view} before={props.before} onDownload={download} />
          </>
        }
      />
      <StageRail stages={shownStages(view)} share={share} nowMs={nowMs} />
      <div className="grid grid-cols-[minmax(0,1fr)_var(--w-facts)] items-start gap-7 p-6 max-lg:grid-cols-1 max-md:gap-6 max-md:px-4 max-md:py-5">
        <div className="grid min-w-0 grid-cols-1 gap-5">
          {view.state === 'failed' && view.error !== null && (
            <Fault
              head={head}
              view={view}
              report={view.error}
              errorLine={errorLine}
              isRerunning={acts.isRerunning}
              onRerun={acts.rerun}
            />
          )}
          <SinceLast head={head} view={view} before={props.before} />
          {pushes.length > 0 && <Pushes pushes={pushes} onPush={() => setPushing(true)} />}
          {view.layers.length > 0 && <Layers view={view} rates={rates} />}
          {view.steps.length > 0 && <StepsList view={view} nowMs={nowMs} before={props.before} />}
          <Contents number={number} view={view} />
          <LogViewer number={number} view={view} lines={lines} errorLine={errorLine} onDownload={download} />
        </div>
        <Facts head={head} view={view} />
      </div>
      <PushDialog
        number={number}
        proposal={proposalAfter(pushes, props.pushing.proposal)}
        secrets={props.pushing.secrets}
        isOpen={isPushing}
        onOpenChange={setPushing}
        onStarted={follow}
      />
      <CancelDialog
        number={number}
        view={view}
        isOpen={isAsking && isLive}
        onOpenChange={setAsking}
        onConfirm={() => {
          setAsking(false);
          acts.cancel();
        }}
      />
    </>
  );
}

function ConnectionNote(props: { readonly status: StreamStatus }) {
  switch (props.status) {
    case 'ended':
      return null;
    case 'lost':
      return <StreamNote tone="warn" text="Reconnecting" />;
    case 'connecting':
      return <StreamNote tone="tide" text="Connecting" />;
    case 'open':
      return <StreamNote tone="tide" text="Streaming" />;
  }
}

function linkTo(number: number | null) {
  return number === null ? { isDisabled: true } : { href: `/builds/${number}` };
}

/** The first error line of the stage that failed, where it is among the lines that are here. */
function findErrorLine(view: BuildView, get: (line: number) => LogLine | undefined): number | null {
  const failed = view.stages.find(({ state }) => state === 'failed');
  if (failed === undefined || failed.firstLine === null) return null;
  const last = failed.firstLine + failed.lineCount - 1;
  for (let line = Math.max(failed.firstLine, last - searchedLinesMax); line <= last; line += 1) {
    if (get(line)?.level === 'error') return line;
  }
  return null;
}

/** The page begins with this many lines of the log's end; an error ends a stage. */
const searchedLinesMax = 500;
