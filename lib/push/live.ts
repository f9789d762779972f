import { findBuild } from '#lib/builds/data.ts';
import { follow } from '#lib/db/follow.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { listPushes } from './data.ts';
import { pushChannel } from './queue.ts';
import type { PushView } from './types.ts';

/**
 * The pushes of a build as they stand and as they change, whole each time; ends when none of them can change any more, or when the
 * signal fires.
 *
 * @throws NotFoundError when the workspace has no such build.
 */
export async function* followPushes(options: {
  readonly scope: Scope;
  readonly number: number;
  readonly signal: AbortSignal;
}): AsyncGenerator<readonly PushView[], void, void> {
  const { id } = await findBuild(options);
  yield* follow({
    channel: pushChannel,
    payload: id,
    read: () => listPushes(options),
    isLast: (pushes) => pushes.every(({ state }) => state !== 'queued' && state !== 'running'),
    signal: options.signal,
  });
}
