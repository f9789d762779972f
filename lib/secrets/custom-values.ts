import { customKeySchema, customKeysMax, valueCharactersMax } from './schema.ts';
import { type Finding, present, type TypeCheck } from './type-check.ts';

/** The key under which a problem of the whole set is reported. */
const wholeSet = '';

/** Keys and values for build steps. Values are taken as they are, white space too; an empty value is a value. */
export function checkCustom(typed: Readonly<Record<string, string>>): TypeCheck {
  const entries = Object.entries(typed);
  return {
    values: Object.fromEntries(entries),
    facts: {},
    problems: present(
      Object.fromEntries([
        [wholeSet, setProblem(entries.length)],
        ...entries.map(([key, value]) => [key, customKeyProblem(key) ?? valueProblem(value)]),
      ]),
    ),
    warnings: present(Object.fromEntries(entries.map(([key]) => [key, keyWarning(key)]))),
  };
}

/** What to do about a key of a custom secret, or undefined when it is one. */
function customKeyProblem(key: string): Finding {
  return customKeySchema.safeParse(key).error?.issues[0]?.message;
}

function setProblem(count: number): Finding {
  if (count === 0) return 'Add a key with its value.';
  if (count > customKeysMax)
    return `Split this over several secrets: one holds at most ${customKeysMax} keys.`;
  return undefined;
}

function valueProblem(value: string): Finding {
  if (value.length > valueCharactersMax) return 'Shorten the value to 32,768 characters.';
  if (value.includes('\0')) return 'Remove the NUL character: no environment variable can hold one.';
  return undefined;
}

const registryKeys: ReadonlySet<string> = new Set([
  'REGISTRY_PASSWORD',
  'SERVICE_ACCOUNT_JSON',
  'AWS_SECRET_ACCESS_KEY',
]);

function keyWarning(key: string): Finding {
  if (!registryKeys.has(key)) return undefined;
  return 'Custom secrets are for build steps and are never sent to a registry. To pull images, choose the registry’s type.';
}
