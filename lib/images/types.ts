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
  readonly buildCount: number;
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

/** The page of one image. */
export interface ImageDetail extends Omit<ImageRow, 'lastBuild'> {
  readonly definition: Definition;
  /** Newest first, the newest fifty. */
  readonly revisions: readonly RevisionRow[];
  /** Newest first, the newest fifty. */
  readonly builds: readonly ImageBuild[];
}

export interface RevisionRow {
  readonly number: number;
  readonly definition: Definition;
  readonly createdAt: string;
  readonly createdByName: string;
}
