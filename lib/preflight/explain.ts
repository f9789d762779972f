import { ManifestUnknownError } from '#lib/oci/errors.ts';
import { diagnose } from '#lib/registries/diagnose.ts';
import type { RegistrySecret } from '#lib/registries/sign-in.ts';
import { MissingTag } from './missing-tag.ts';

/** What a failure means for this registry and this secret, with the tags that may have been meant. */
export function explain(options: {
  readonly error: unknown;
  /** Undefined before the reference was read. */
  readonly registry: string | undefined;
  readonly secret: RegistrySecret | null;
}): unknown {
  const { registry, secret } = options;
  const missing = options.error instanceof MissingTag ? options.error : undefined;
  const error = missing?.unknown ?? options.error;
  const told = registry === undefined ? error : diagnose({ error, reference: { registry }, secret });
  return missing !== undefined && told instanceof ManifestUnknownError ? withNearest(told, missing) : told;
}

function withNearest(error: ManifestUnknownError, missing: MissingTag): ManifestUnknownError {
  const { nearest, isListWhole } = missing;
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
  const some = isListWhole ? 'its tags' : 'the tags that the registry listed';
  const found =
    nearest.kind === 'near'
      ? `The nearest of ${some}: ${names}.`
      : `None of ${some} is alike; it has ${names}.`;
  return error.explained({
    ...advice,
    why: `${advice.why} ${found}`,
    next: `Use a tag that exists, such as ${first}, or push the one that you want.`,
  });
}
