import { bindingOf } from '#lib/registries/binding.ts';
import { checkAws } from './aws-values.ts';
import { checkCustom } from './custom-values.ts';
import { checkDockerHub } from './docker-hub-values.ts';
import { checkGcp } from './gcp-values.ts';
import { checkRegistry } from './registry-values.ts';
import type { SecretType } from './schema.ts';
import type { TypeCheck } from './type-check.ts';

/** The values of a secret as typed, whole or in the middle of typing. */
export interface SecretDraft {
  readonly type: SecretType;
  readonly values: Readonly<Record<string, string>>;
}

/** The draft, normalised, with what is public about it. It can be sealed when `problems` is empty. */
export interface CheckedSecret extends SecretDraft, TypeCheck {
  /** What the secret is bound to; null when to nothing, or to nothing yet. */
  readonly host: string | null;
}

/**
 * Looks at the values of a secret without any I/O: the form as one types, the command line, and the worker once it has opened
 * them all ask here. Normalising what is normalised changes nothing.
 */
export function validateSecret({ type, values }: SecretDraft): CheckedSecret {
  const check = checks[type](values);
  // What has a problem may be anything, a secret in the wrong field too: it is not known to be public.
  const facts = Object.fromEntries(
    Object.entries(check.facts).filter(([key]) => !Object.hasOwn(check.problems, key)),
  );
  return { type, ...check, facts, host: bindingOf({ type, host: facts.REGISTRY_HOST }).host };
}

const checks: Readonly<Record<SecretType, (values: Readonly<Record<string, string>>) => TypeCheck>> = {
  docker_hub: checkDockerHub,
  aws: checkAws,
  gcp: checkGcp,
  registry: checkRegistry,
  custom: checkCustom,
};
