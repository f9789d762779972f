import type { SecretRow } from '#lib/secrets/types.ts';
import type { SecretChoice } from './build-draft.ts';

/** A secret as forms offer it. Custom secrets are for build steps: they are bound to no registry. */
export function choiceOf({ type, version, ...secret }: SecretRow): SecretChoice[] {
  if (type === 'custom') return [];
  const { id, name, host, repositories, lastUsedAt } = secret;
  const { number, state } = version;
  return [{ id, name, type, host, repositories, lastUsedAt, version: number, state }];
}
