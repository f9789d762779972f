import { registryKindNames } from '#lib/registries/host-kind.ts';
import type { SecretType } from '#lib/secrets/schema.ts';

/** How people call each type. */
export const typeNames: Readonly<Record<SecretType, string>> = { ...registryKindNames, custom: 'Custom' };
