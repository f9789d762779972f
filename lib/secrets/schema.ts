import { z } from 'zod';
import { registryKinds } from '#lib/registries/host-kind.ts';

/** The types of secret: one for each kind of registry, and `custom` for build steps. */
export const secretTypes = [...registryKinds, 'custom'] as const;
export const secretTypeSchema = z.enum(secretTypes);
export type SecretType = z.infer<typeof secretTypeSchema>;

/** What builds call a secret by. */
export const secretNameSchema = z
  .string()
  .min(1, 'Enter a name, such as hub-pull.')
  .max(63, 'Shorten the name to 63 characters.')
  .regex(/^[a-z0-9-]*$/, 'Use lower case letters, digits and hyphens only.')
  .regex(/^(?!-).*(?<!-)$/, 'Begin and end the name with a letter or digit.');

/** A key of a custom secret: what an environment variable may be called. */
export const customKeySchema = z
  .string()
  .min(1, 'Enter a key, such as HF_TOKEN.')
  .max(16_384, 'Shorten the key to 16,384 characters.')
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'Use letters, digits and underscores only, and begin with no digit.');

/** Longest value of any key, in UTF-16 code units as JavaScript and the forms count them. */
export const valueCharactersMax = 32_768;

/** Keys of one custom secret. Far more than a step needs; the record has a bound of its own. */
export const customKeysMax = 100;

/** Secrets of one workspace: the list is one page. */
export const secretsMax = 1000;
