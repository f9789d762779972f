import type { Claim } from '#lib/builds/queue.ts';
import { mintScope } from '#lib/teams/mint-scope.ts';
import type { Scope } from '#lib/teams/scope.ts';

/** Whose a build is: its own row says so, and whoever queued it had the right to. */
export function scopeOf({ workspaceId, requesterName }: Pick<Claim, 'workspaceId' | 'requesterName'>): Scope {
  return mintScope({ workspaceId, userId: null, userName: requesterName, role: 'worker' });
}
