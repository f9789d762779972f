import { type Transaction, transaction } from '#lib/db/client.ts';
import { InputError } from '#lib/errors/input.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { formatPlatform, parsePlatform } from '#lib/oci/platform.ts';
import { formatReference, parseReference, type Reference } from '#lib/oci/reference.ts';
import { type Binding, isBoundTo } from '#lib/registries/binding.ts';
import { CustomSecretError, SecretHostMismatchError } from '#lib/registries/errors.ts';
import { bestMatch, type MatchableSecret } from '#lib/secrets/best-match.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { BuildEndedError } from './errors.ts';
import { appendEvents } from './events.ts';
import { wakeWorkers, workChannel } from './queue.ts';
import type { BuildState, StartBuildInput } from './schema.ts';
import { isFinal } from './state.ts';

/**
 * Queues a build. The number, the row, its first event and the word to the workers become visible together or not at all.
 *
 * @throws InvalidReferenceError, InvalidPlatformError for what was typed.
 * @throws InputError when there is no such secret, or a worker refused it.
 * @throws NotFoundError when it repeats a build that the workspace does not have.
 * @throws CustomSecretError, SecretHostMismatchError when the secret is not for the reference's registry. The worker asks
 *   again with what is sealed; here it is for the person who still can change it.
 */
export async function startBuild(options: {
  readonly scope: Scope;
  readonly input: StartBuildInput;
}): Promise<{ readonly number: number }> {
  const { scope, input } = options;
  const reference = parseReference(input.reference);
  const platform = formatPlatform(parsePlatform(input.platform));
  return transaction(async (tx) => {
    const secret =
      input.secretName === null ? null : await holdSecret(tx, { scope, name: input.secretName, reference });
    const secretWhy = await whyThisSecret(tx, { scope, input, reference });
    const { buildNumber } = await tx.workspace.update({
      where: { id: scope.workspaceId },
      data: { buildNumber: { increment: 1 } },
      select: { buildNumber: true },
    });
    const build = await tx.build.create({
      data: {
        workspaceId: scope.workspaceId,
        number: buildNumber,
        reference: formatReference(reference),
        platform,
        secretId: secret?.id ?? null,
        secretName: secret?.name ?? null,
        secretVersionId: secret?.versionId ?? null,
        secretVersion: secret?.version ?? null,
        secretWhy,
        requestedBy: scope.userId ?? '',
        requesterName: scope.userName,
        trigger: input.rerunOf === undefined ? 'manual' : 'rerun',
        rerunOf: input.rerunOf ?? null,
      },
      select: { id: true },
    });
    const queued = { kind: 'state', state: 'queued', attempt: 0 } as const;
    await appendEvents(tx, { buildId: build.id, from: ['queued'], events: [queued] });
    await wakeWorkers(tx);
    return { number: buildNumber };
  });
}

/**
 * Asks for a build to stop. One that waits is cancelled at once; of one that runs, the worker kills the process, which
 * takes less than a second. Asking twice changes nothing.
 *
 * @throws NotFoundError when the workspace has no such build.
 * @throws BuildEndedError when there is nothing left to stop.
 */
export async function requestCancel(options: {
  readonly scope: Scope;
  readonly number: number;
}): Promise<void> {
  const { scope, number } = options;
  await transaction(async (tx) => {
    const [build] = await tx.$queryRaw<{ id: string; state: BuildState; attempt: number }[]>`
      SELECT id, state::text AS state, attempt FROM build
      WHERE workspace_id = ${scope.workspaceId}::uuid AND number = ${number}::int FOR UPDATE`;
    if (build === undefined) throw new NotFoundError('build');
    if (isFinal(build.state)) throw new BuildEndedError(number);
    await tx.$executeRaw`
      UPDATE build SET cancel_requested_at = now(), cancel_requested_by = ${scope.userName}
      WHERE id = ${build.id}::uuid AND cancel_requested_at IS NULL`;
    if (build.state === 'running') {
      await tx.$queryRaw`SELECT pg_notify(${workChannel}, ${`cancel ${build.id}`})::text AS notified`;
      return;
    }
    const cause = `Cancelled by ${scope.userName}`;
    const cancelled = { kind: 'state', state: 'cancelled', attempt: build.attempt, cause } as const;
    await appendEvents(tx, { buildId: build.id, from: ['queued'], events: [cancelled] });
  });
}

interface HeldSecret {
  readonly id: string;
  readonly name: string;
  readonly versionId: string;
  readonly version: number;
}

/** The newest version of a secret, which cannot be deleted before the transaction ends: then the build row protects it. */
async function holdSecret(
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
 * How it came to this secret, or to none, for whoever reads the build later: forms propose by the same rule, so a choice that
 * agrees with it is the proposal.
 *
 * @throws NotFoundError when the build that this one repeats is not there.
 */
async function whyThisSecret(
  tx: Transaction,
  options: { readonly scope: Scope; readonly input: StartBuildInput; readonly reference: Reference },
): Promise<string> {
  const { scope, input, reference } = options;
  const { workspaceId } = scope;
  if (input.rerunOf !== undefined) {
    const repeated = await tx.build.findUnique({
      where: { workspaceId_number: { workspaceId, number: input.rerunOf } },
      select: { secretName: true },
    });
    if (repeated === null) throw new NotFoundError('build');
    if (repeated.secretName === input.secretName) return `As in build #${input.rerunOf}`;
  }
  const secrets = await tx.$queryRaw<(Omit<MatchableSecret, 'lastUsedAt'> & { lastUsedAt: Date | null })[]>`
    SELECT secret.name, secret.type::text AS type, secret.host, secret.repositories,
           secret.last_used_at AS "lastUsedAt", version.state::text AS state
    FROM secret
    JOIN secret_version AS version ON version.secret_id = secret.id AND version.number = secret.version_number
    WHERE secret.workspace_id = ${workspaceId}::uuid AND secret.type <> 'custom'`;
  const match = bestMatch({
    reference,
    secrets: secrets.map((one) => ({ ...one, lastUsedAt: one.lastUsedAt?.toISOString() ?? null })),
  });
  const isProposed = (match.secret?.name ?? null) === input.secretName;
  return isProposed ? `Proposed: ${match.why}` : `Chosen by ${scope.userName}`;
}

function missingSecret(name: string): InputError {
  return new InputError(
    {
      what: `There is no secret named ${name}`,
      why: 'It was deleted or renamed, or it belongs to another workspace.',
      next: 'Choose another secret, or add it under Secrets.',
    },
    { secretName: 'Choose a secret of this workspace' },
  );
}

function refusedSecret(name: string): InputError {
  return new InputError(
    {
      what: `The secret ${name} cannot be used`,
      why: 'A worker opened it and refused its values; its page says why.',
      next: 'Replace its values, or choose another secret.',
    },
    { secretName: 'Replace the values of this secret, or choose another' },
  );
}
