import type { ManifestUnknownError } from '#lib/oci/errors.ts';
import type { NearestTags } from './nearest-tags.ts';

/** There is no such tag. `nearest` are those that may have been meant, of a list that may not be whole. */
export class MissingTag extends Error {
  override readonly name = 'MissingTag';
  readonly unknown: ManifestUnknownError;
  readonly nearest: NearestTags;
  readonly isListWhole: boolean;

  constructor(unknown: ManifestUnknownError, nearest: NearestTags, isListWhole: boolean) {
    super('There is no such tag.');
    this.unknown = unknown;
    this.nearest = nearest;
    this.isListWhole = isListWhole;
  }
}
