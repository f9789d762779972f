import { parseDigest } from '#lib/oci/digest.ts';
import type { NeededUpload } from '#lib/uploads/types.ts';
import { type BuiltStep, filesOf } from './schema.ts';

/** The files that steps put into the image. */
export function neededUploads(steps: readonly BuiltStep[]): readonly NeededUpload[] {
  return steps.flatMap(filesOf).map(({ name, file }) => ({ name, digest: parseDigest(file) }));
}
