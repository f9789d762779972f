'use client';

import { RefreshCw } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { Button } from '#app/_components/button.tsx';
import { classNames } from '#app/_components/class-names.ts';
import { Note } from '#app/_components/note.tsx';
import { Status } from '#app/_components/status.tsx';
import { Age } from '#app/_components/time.tsx';
import { formatDuration } from '#lib/builds/format.ts';
import { waitingChecks } from '#lib/preflight/view.ts';
import { PreflightChecks } from './preflight-checks.tsx';
import { summaryOf, totalMsOf } from './preflight-words.ts';
import type { PreflightRun } from './use-preflight.ts';

export interface PreflightPanelProps {
  /** The region's name: "Preflight". */
  readonly title: string;
  readonly run: PreflightRun;
  /** The checks come by themselves, so their place is kept before there are any. */
  readonly isAutomatic?: boolean | undefined;
  /** Beside the title, or below it, while there is nothing to show. */
  readonly lead: ReactNode;
  /** The button: "Check again", "Check now". */
  readonly actLabel: string;
  readonly onAct: () => void;
  /** Why it cannot be pressed now. */
  readonly actDisabledReason?: string | undefined;
  /** A field that belongs to the check. */
  readonly children?: ReactNode;
}

/**
 * The checks of a preflight and how far they are. While another one starts, what was found before stays and is dimmed, so that
 * nothing jumps as one types.
 */
export function PreflightPanel(props: PreflightPanelProps) {
  const { run } = props;
  const { view } = run;
  const titleId = useId();
  const isBusy = run.phase === 'running' || run.phase === 'due';
  return (
    <section
      aria-labelledby={titleId}
      aria-busy={isBusy || undefined}
      className="min-w-0 overflow-hidden rounded-lg inset-ring inset-ring-line"
    >
      <header className="flex min-h-11 items-center gap-x-2 py-1.5 pr-2 pl-3.5 max-md:flex-wrap">
        <h2 id={titleId} className="font-semibold">
          {props.title}
        </h2>
        <span className="min-w-0 text-small text-ink-3 max-md:order-last max-md:basis-full max-md:pb-1 max-md:empty:hidden">
          <Headline run={run} lead={props.lead} />
        </span>
        <span className="ml-auto text-small whitespace-nowrap text-ink-3 tabular-nums">
          {view?.state === 'ended' && !run.isStale && <Taken run={run} />}
        </span>
        <Button
          variant="ghost"
          size="sm"
          icon={<RefreshCw />}
          onClick={props.onAct}
          disabledReason={props.actDisabledReason}
        >
          {props.actLabel}
        </Button>
      </header>
      {props.children !== undefined && (
        <div className="border-line border-t px-3.5 py-3">{props.children}</div>
      )}
      <Remark run={run} />
      {(view !== null || isBusy || props.isAutomatic) && (
        <div
          className={classNames(
            'border-line border-t transition-opacity duration-base',
            view !== null && run.isStale && 'opacity-60',
          )}
        >
          <PreflightChecks checks={view?.checks ?? waitingChecks} />
        </div>
      )}
    </section>
  );
}

function Headline({ run, lead }: { run: PreflightRun; lead: ReactNode }) {
  const { view, phase, isStale } = run;
  const isAhead = view === null || isStale;
  if (isAhead && (phase === 'due' || phase === 'running')) return <Status state="running" label="Checking" />;
  if (isAhead) return lead;
  const { state, text, share } = summaryOf(view);
  if (phase === 'lost') return <Status state="cancelled" label={`Cut off, ${text}`} />;
  return <Status state={state} label={text} share={share} />;
}

/** How long it took; of what was found before, how long ago. */
function Taken({ run }: { run: PreflightRun }) {
  const { view, isHeld } = run;
  if (view === null) return null;
  if (isHeld && view.endedAt !== undefined) {
    return (
      <>
        Checked <Age at={view.endedAt} />
      </>
    );
  }
  return formatDuration(totalMsOf(view));
}

/** What keeps the checks from being made. */
function Remark({ run }: { run: PreflightRun }) {
  if (run.phase === 'refused' && run.report !== null) {
    const { what, why, next, kind } = run.report;
    return (
      <Aside tone={kind === 'rate_limited' ? 'warn' : 'bad'}>
        <b className="font-medium text-ink">{what}.</b> {why} {next}
      </Aside>
    );
  }
  if (run.phase === 'lost') {
    return (
      <Aside tone="warn">
        <b className="font-medium text-ink">The connection to the server was lost.</b> That says nothing about
        the registry. Check again when the connection is back.
      </Aside>
    );
  }
  if (run.phase === 'running' && run.waitsFor !== null)
    return <Aside tone="info">{waits[run.waitsFor]}</Aside>;
  return null;
}

const waits: Readonly<Record<NonNullable<PreflightRun['waitsFor']>, string>> = {
  worker: 'No worker is running, so nobody makes this check, or a build. It starts as soon as one does.',
  slot: 'Every worker is busy with other checks. This one is next.',
};

function Aside(props: { readonly tone: 'info' | 'warn' | 'bad'; readonly children: ReactNode }) {
  return (
    <div className="px-3.5 pb-3.5">
      <Note tone={props.tone}>{props.children}</Note>
    </div>
  );
}
