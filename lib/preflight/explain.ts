import type { ManifestUnknownError } from '#lib/oci/errors.ts';
import { MissingTag } from './check-permission.ts';

/** What a failure means for this registry and this secret, with the tags that may have been meant. */
export function explain(error: unknown): unknown {
  if (!(error instanceof MissingTag)) return error;
  return withNearest(error.unknown, error);
}

function withNearest(
  error: ManifestUnknownError,
  { nearest, isListWhole }: MissingTag,
): ManifestUnknownError {
  const { advice } = error;
  const [first] = nearest.tags;
  if (first === undefined) {
    return error.explained({
      ...advice,
      why: 'The repository is there and has no tags: nothing was pushed to it, or all of it was deleted.',
      next: 'Push the image first, then check again.',
    });
  }
  const names = nearest.tags.join(', ');
  const of = isListWhole ? 'its tags' : 'the tags that the registry listed';
  return error.explained({
    ...advice,
    why:
      nearest.kind === 'near'
        ? `It was never pushed there, or it was deleted. The nearest of ${of}: ${names}.`
        : `It was never pushed there, or it was deleted. None of ${of} is alike; among them are ${names}.`,
    next: `Use one that exists, such as :${first}, or push the one that you want.`,
  });
}
