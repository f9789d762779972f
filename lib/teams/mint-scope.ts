import type { Scope } from './scope.ts';

/** Importable from `auth` and `worker` alone (see the boundary rules): whoever calls it has checked the right. */
export function mintScope(facts: Pick<Scope, 'workspaceId' | 'userId' | 'userName' | 'role'>): Scope {
  return { ...facts } as Scope;
}
