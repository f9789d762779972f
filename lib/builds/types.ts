import type { ErrorReport } from '#lib/errors/report.ts';
import type { Definition } from '#lib/images/schema.ts';
import type { PreflightCheck } from '#lib/preflight/schema.ts';
import type { BuildState, Check, Facts, Layer, StageName } from './schema.ts';

/** One stage as the page shows it. Times are ISO 8601. */
export interface StageView {
  readonly name: StageName;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped' | 'not_reached';
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly cached: boolean;
  readonly detail: string | null;
  /** Lines that the newest attempt logged in this stage, and the first of them: one stretch of the log. */
  readonly lineCount: number;
  readonly firstLine: number | null;
}

/** One step of the stage `steps`. Times are ISO 8601. */
export interface StepView {
  readonly index: number;
  readonly kind: string;
  readonly title: string;
  readonly why: string;
  readonly state: 'waiting' | 'cached' | 'running' | 'done' | 'failed' | 'not_reached';
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly addedBytes: number | null;
  /** Of a step from the cache: what running it cost, and in which build. */
  readonly made: {
    readonly addedBytes: number;
    readonly tookMs: number;
    readonly buildNumber: number;
  } | null;
}

/** Consecutive lines of one stage, and of one step in it, in one attempt. The groups of a log, in order, hold every line of it. */
export interface LogGroup {
  readonly stage: StageName;
  /** Of the stage `steps`: which step, from 0; null before the first. */
  readonly step: number | null;
  readonly attempt: number;
  readonly firstLine: number;
  readonly lineCount: number;
}

/** Everything a build's page shows but the log's text: the fold of its events. Plain data, serialisable. */
export interface BuildView {
  readonly state: BuildState;
  readonly attempt: number;
  readonly cause: string | null;
  readonly error: ErrorReport | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly stages: readonly StageView[];
  readonly layers: readonly Layer[];
  /** What asking the registry showed, as the checks of a preflight. Empty before it is asked. */
  readonly preflight: readonly PreflightCheck[];
  /** What the image was found to have. */
  readonly checks: readonly Check[];
  readonly steps: readonly StepView[];
  /** The number of the build that the steps' reasons speak of. */
  readonly comparedWith: number | null;
  readonly facts: Facts;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
  readonly logLines: number;
  readonly logGroups: readonly LogGroup[];
  /** Number of the newest event that went into this view: followers resume after it. */
  readonly head: number;
}

/** A stretch of the log: whole lines as they are shown, in order. */
export interface LogLine {
  readonly line: number;
  readonly at: string;
  readonly stage: StageName;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

/** What stays the same for a build however it goes on. */
export interface BuildHead {
  readonly id: string;
  readonly number: number;
  readonly reference: string;
  readonly platform: string;
  readonly secret: { readonly id: string | null; readonly name: string; readonly version: number } | null;
  /** How it came to this secret, or to none: "Proposed: …", "Chosen by Ines". Null for builds from before it was written down. */
  readonly secretWhy: string | null;
  /** The image whose definition was built; null for a build of its own. */
  readonly image: { readonly name: string; readonly revision: number } | null;
  readonly requesterName: string;
  readonly trigger: 'manual' | 'rerun';
  readonly rerunOf: number | null;
  readonly createdAt: string;
}

/** What a build was started with, for whoever starts another like it. */
export interface BuildRecipe
  extends Pick<Definition, 'reference' | 'platform' | 'secret' | 'add_python' | 'steps'> {
  /** The image that it is a build of; null where there is none, or none any more. */
  readonly imageName: string | null;
}

/** What a queued build waits for. */
export interface Waiting {
  /** Builds that are taken before it, of all workspaces: workers serve every one. */
  readonly buildsBefore: number;
  /** Only workers with an engine take it, and one is there. */
  readonly needsEngine: boolean;
  /** Those that would take it, and how many builds they run at once and now. */
  readonly workers: number;
  readonly slots: number;
  readonly busy: number;
}

/** One row of the build history. */
export interface BuildRow extends BuildHead {
  readonly state: BuildState;
  readonly stage: StageName | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly pullMs: number | null;
  /** Of the manifest list that the reference stands for, where it does. */
  readonly indexDigest: string | null;
  readonly baseDigest: string | null;
  /** Of what the steps made. */
  readonly resultDigest: string | null;
  readonly layerCount: number | null;
  readonly totalBytes: number | null;
  readonly fetchedBytes: number | null;
  readonly reusedBytes: number | null;
  /** While running: the newest progress. */
  readonly progress: {
    readonly doneBytes: number;
    readonly bytesPerSecond: number;
    readonly secondsLeft: number | null;
  } | null;
  /** When failed: one sentence for the second line of the row. */
  readonly failure: { readonly what: string; readonly why: string; readonly code: string } | null;
}

/** The workers together, as one engine. */
export interface EngineFacts {
  /** Seen in the last seconds. 0: builds wait. */
  readonly workers: number;
  readonly slots: number;
  readonly busy: number;
  /** Of the fullest disk, 0 to 100. */
  readonly diskUsedPercent: number;
}
