import type { StatusState } from '#app/_components/status.tsx';
import { formatDuration } from '#lib/builds/format.ts';
import { checkLabels, type PreflightCheck, type PreflightView } from '#lib/preflight/schema.ts';

/** A preflight in one line, with the state that its icon and colour say. */
export interface PreflightSummary {
  readonly state: Extract<StatusState, 'queued' | 'running' | 'passed' | 'warned' | 'failed'>;
  /** "6 of 9 checked, 1 warning" */
  readonly text: string;
  /** Share of the checks that ended, 0 to 1. */
  readonly share: number;
}

export function summaryOf(view: PreflightView): PreflightSummary {
  const { checks } = view;
  const count = (state: PreflightCheck['state']) => checks.filter((check) => check.state === state).length;
  const failed = checks.find(({ state }) => state === 'failed');
  // What is skipped was not tested: it passed nothing.
  const checked = count('passed') + count('warned') + count('failed');
  const done = checked + count('skipped');
  const warnings = count('warned');
  const parts = [
    `${checked} of ${checks.length} checked`,
    failed !== undefined && `failed at ${checkLabels[failed.name]}`,
    warnings > 0 && `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
  ];
  return {
    state: stateOf({ view, hasFailed: failed !== undefined, hasWarned: warnings > 0 }),
    text: view.state === 'queued' ? 'Queued' : parts.filter((part) => part !== false).join(', '),
    share: checks.length === 0 ? 0 : done / checks.length,
  };
}

/** What screen readers hear at the end: "Preflight passed", "Preflight failed at Permission: …". */
export function announcementOf(title: string, view: PreflightView): string {
  const failed = view.checks.find(({ state }) => state === 'failed');
  if (failed !== undefined)
    return `${title} failed at ${checkLabels[failed.name]}: ${failed.problem?.what ?? failed.detail}`;
  const { state, text } = summaryOf(view);
  return state === 'warned' ? `${title} passed: ${text}` : `${title} passed`;
}

/** `41 ms`, and seconds from ten on: a check ends within that time or something is amiss. */
export function formatCheckTime(tookMs: number): string {
  return tookMs < 10_000 ? `${Math.round(tookMs)} ms` : formatDuration(tookMs);
}

/** The time that all checks took. They are made one after the other. */
export function totalMsOf(view: PreflightView): number {
  return view.checks.reduce((sum, { tookMs = 0 }) => sum + tookMs, 0);
}

function stateOf(options: {
  readonly view: PreflightView;
  readonly hasFailed: boolean;
  readonly hasWarned: boolean;
}): PreflightSummary['state'] {
  const { view, hasFailed, hasWarned } = options;
  if (hasFailed) return 'failed';
  if (view.state !== 'ended') return view.state;
  return hasWarned ? 'warned' : 'passed';
}
