import type { DefinitionChanges } from './definition-changes.ts';
import type { Definition } from './schema.ts';

/** One row of the list of images. Times are ISO 8601. */
export interface ImageRow {
  readonly id: string;
  readonly name: string;
  /** The number of the newest revision. */
  readonly revision: number;
  readonly reference: string;
  readonly stepCount: number;
  readonly createdAt: string;
  /** When the newest revision was saved, and by whom. */
  readonly changedAt: string;
  readonly changedByName: string;
  readonly lastBuild: ImageBuild | null;
}

/** A build of an image, as far as lists and trends show it. */
export interface ImageBuild {
  readonly number: number;
  readonly state: string;
  readonly revision: number | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly resultDigest: string | null;
  readonly resultBytes: number | null;
  readonly stepCount: number;
  readonly stepsCached: number | null;
}

/** A build of an image on its trends. */
export interface TrendBuild {
  readonly number: number;
  readonly state: string;
  readonly createdAt: string;
  /** Null of one that has not ended, or never began. */
  readonly tookMs: number | null;
  readonly pullMs: number | null;
  readonly stepsMs: number | null;
  /** Of the image that it came to, packed. */
  readonly sizeBytes: number | null;
  readonly stepCount: number;
  readonly stepsCached: number | null;
}

/** A step of the newest revision, and how often builds that had it took it from the cache. */
export interface StepHits {
  readonly title: string;
  readonly hits: number;
  readonly builds: number;
}

export interface ImageTrend {
  /** Oldest first, the newest two hundred. */
  readonly builds: readonly TrendBuild[];
  readonly steps: readonly StepHits[];
}

/** The page of one image. */
export interface ImageDetail extends Omit<ImageRow, 'lastBuild'> {
  readonly definition: Definition;
  /** Newest first, the newest fifty. */
  readonly builds: readonly ImageBuild[];
  /** Whether there are more than those. */
  readonly hasOlderBuilds: boolean;
}

export interface RevisionRow {
  readonly number: number;
  readonly definition: Definition;
  /** Since the revision before; null of the first. */
  readonly changes: DefinitionChanges | null;
  readonly createdAt: string;
  readonly createdByName: string;
}
