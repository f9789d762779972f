import type { Transaction } from '#lib/db/client.ts';
import { InputError, saidAt } from '#lib/errors/input.ts';
import type { BuiltStep } from '#lib/images/schema.ts';
import type { Reference } from '#lib/oci/reference.ts';
import { type Binding, isBoundTo } from '#lib/registries/binding.ts';
import { CustomSecretError, SecretHostMismatchError } from '#lib/registries/errors.ts';
import { missingSecret } from '#lib/secrets/errors.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { type StepSecret, type StoredSteps, secretNamesOf } from './stored-steps.ts';

interface HeldSecret {
  readonly id: string;
  readonly name: string;
  readonly versionId: string;
  readonly version: number;
}

/** The newest version of a secret, which cannot be deleted before the transaction ends: then the build row protects it. */
export async function holdSecret(
  tx: Transaction,
  options: { readonly scope: Scope; readonly name: string; readonly reference: Reference },
): Promise<HeldSecret> {
  const { scope, name, reference } = options;
  const [secret] = await tx.$queryRaw<(HeldSecret & Binding & { readonly state: string })[]>`
    SELECT secret.id, secret.name, secret.type::text AS type, secret.host,
           version.id AS "versionId", version.number AS version, version.state::text AS state
    FROM secret
    JOIN secret_version AS version ON version.secret_id = secret.id AND version.number = secret.version_number
    WHERE secret.workspace_id = ${scope.workspaceId}::uuid AND secret.name = ${name}
    FOR KEY SHARE OF secret`;
  if (secret === undefined) throw missingSecret(name);
  if (secret.state === 'refused') throw refusedSecret(name);
  if (secret.type === 'custom') throw new CustomSecretError();
  if (!isBoundTo({ binding: secret, registryHost: reference.registry })) {
    throw new SecretHostMismatchError({ boundHost: secret.host, registry: reference.registry });
  }
  return secret;
}

/**
 * Steps as the row of a build keeps them, with the newest versions of their secrets pinned and held like the base's. Null where there
 * are none.
 *
 * @throws InputError when a secret is not there, is refused, or is not a custom one. Its fields are paths of the definition's
 *   steps, `steps.2.secrets`, of which an added Python is none.
 */
export async function holdSteps(
  tx: Transaction,
  options: { readonly scope: Scope; readonly steps: readonly BuiltStep[] },
): Promise<StoredSteps | null> {
  const { scope, steps } = options;
  if (steps.length === 0) return null;
  const names = secretNamesOf(steps);
  const found = await tx.$queryRaw<(StepSecret & { readonly type: string; readonly state: string })[]>`
    SELECT secret.name, secret.id, version.id AS "versionId", version.number AS version,
           secret.type::text AS type, version.state::text AS state
    FROM secret
    JOIN secret_version AS version ON version.secret_id = secret.id AND version.number = secret.version_number
    WHERE secret.workspace_id = ${scope.workspaceId}::uuid AND secret.name = ANY(${[...names]}::text[])
    FOR KEY SHARE OF secret`;
  const secrets = names.map((name) => {
    const fields = stepFieldsOf(steps, name);
    const secret = found.find((each) => each.name === name);
    if (secret === undefined) throw missingSecret(name, fields);
    if (secret.state === 'refused') throw refusedSecret(name, fields);
    if (secret.type !== 'custom') throw notForSteps(name, fields);
    const { id, versionId, version } = secret;
    return { name, id, versionId, version };
  });
  return { steps: [...steps], secrets };
}

/** The steps that take a secret, as fields of a form. */
function stepFieldsOf(steps: readonly BuiltStep[], secretName: string): readonly string[] {
  return steps
    .filter(({ kind }) => kind !== 'add_python')
    .flatMap((step, index) =>
      'secrets' in step && step.secrets.includes(secretName) ? [`steps.${index}.secrets`] : [],
    );
}

function refusedSecret(name: string, fields: readonly string[] = ['secretName']): InputError {
  return new InputError(
    {
      what: `The secret ${name} cannot be used`,
      why: 'A worker opened it and refused its values; its page says why.',
      next: 'Replace its values, or choose another secret.',
    },
    saidAt(fields, `A worker refused the values of ${name}. Replace them, or choose another secret.`),
  );
}

function notForSteps(name: string, fields: readonly string[]): InputError {
  return new InputError(
    {
      what: `The secret ${name} cannot enter a step`,
      why: 'It is for a registry. Whoever writes a step can read and print what the step is given, so steps take custom secrets only.',
      next: 'Save what the step needs as a custom secret and choose that one.',
    },
    saidAt(fields, `${name} is for a registry. Choose a custom secret.`),
  );
}
