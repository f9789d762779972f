import { OwnerOnlyError } from './errors.ts';
import type { Scope } from './scope.ts';

/** @throws OwnerOnlyError unless the scope is an owner's. */
export function requireOwner(scope: Scope): void {
  if (scope.role !== 'owner') throw new OwnerOnlyError();
}
