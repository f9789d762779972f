import type { ImageContents } from '#lib/images/contents.ts';
import { findContents } from '#lib/images/data.ts';
import type { Scope } from '#lib/teams/scope.ts';
import type { ComparedBuild } from './compare.ts';
import { outlineBuild } from './data.ts';

/**
 * A build of the workspace, for comparing it with another.
 * @throws NotFoundError when the workspace has no such build
 */
export async function readCompared(options: {
  readonly scope: Scope;
  readonly number: number;
}): Promise<ComparedBuild> {
  const { head, view, stored, cachePolicy } = await outlineBuild(options);
  const contents = await contentsOf(options.scope, view);
  return { head, view, steps: stored.steps, stepSecrets: stored.secrets, cachePolicy, contents };
}

/**
 * What is in the image that a build came to. Null where it came to none, or did before that was kept.
 * @throws NotFoundError when the workspace has no such build
 */
export async function readBuildContents(options: {
  readonly scope: Scope;
  readonly number: number;
}): Promise<ImageContents | null> {
  return contentsOf(options.scope, (await outlineBuild(options)).view);
}

async function contentsOf(
  scope: Scope,
  { state, facts }: ComparedBuild['view'],
): Promise<ImageContents | null> {
  const digest = facts.resultDigest ?? facts.baseDigest;
  return state !== 'succeeded' || digest === undefined ? null : findContents({ scope, digest });
}
