import { type Transaction, transaction } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { neededUploads } from '#lib/images/needed-uploads.ts';
import { type BuiltStep, builtStepsOf, keptDefinitionSchema } from '#lib/images/schema.ts';
import type { CachePolicy } from '#lib/images/step-plan.ts';
import { formatPlatform, parsePlatform } from '#lib/oci/platform.ts';
import { formatReference, parseReference, type Reference } from '#lib/oci/reference.ts';
import { bestMatch, type MatchableSecret } from '#lib/secrets/best-match.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { markUploadsUsed } from '#lib/uploads/mutations.ts';
import { BuildEndedError } from './errors.ts';
import { appendEvents } from './events.ts';
import { holdSecret, holdSteps } from './hold.ts';
import { wakeWorkers, workChannel } from './queue.ts';
import type { BuildState, StartBuildInput } from './schema.ts';
import { isFinal } from './state.ts';
import { type StoredSteps, storedStepsSchema } from './stored-steps.ts';

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
  return transaction(async (tx) => {
    const repeated =
      input.rerunOf === undefined ? null : await findRepeated(tx, { scope, number: input.rerunOf });
    const { steps = repeated?.steps ?? [] } = input;
    const image = repeated !== null && isSame(repeated, { ...input, steps }) ? repeated.image : undefined;
    const { number } = await enqueue(tx, { scope, input: { ...input, steps }, image });
    return { number };
  });
}

/**
 * Queues a build of an image, as its newest revision says, in a transaction of the caller's: what is saved or queued with it is
 * there together with it, or not at all.
 *
 * @throws NotFoundError when the workspace has no such image; otherwise as `startBuild`
 */
export async function enqueueImageBuild(
  tx: Transaction,
  options: { readonly scope: Scope; readonly name: string; readonly cache: CachePolicy },
): Promise<{ readonly id: string; readonly number: number; readonly imageId: string }> {
  const { scope, name, cache } = options;
  // Held against deletion until the build's row is there.
  const [image] = await tx.$queryRaw<{ id: string; revision: number; definition: unknown }[]>`
    SELECT image.id, revision.number AS revision, revision.definition
    FROM image
    JOIN image_revision AS revision ON revision.image_id = image.id AND revision.number = image.revision_number
    WHERE image.workspace_id = ${scope.workspaceId}::uuid AND image.name = ${name}
    FOR KEY SHARE OF image`;
  if (image === undefined) throw new NotFoundError('image');
  const { reference, platform, secret: secretName, ...rest } = keptDefinitionSchema.parse(image.definition);
  const input = { reference, platform, secretName, cache, steps: builtStepsOf(rest) };
  const build = await enqueue(tx, { scope, input, image: { id: image.id, name, revision: image.revision } });
  return { ...build, imageId: image.id };
}

interface BuildOf {
  readonly id: string | null;
  readonly name: string | null;
  readonly revision: number | null;
}

async function enqueue(
  tx: Transaction,
  options: {
    readonly scope: Scope;
    readonly input: Omit<StartBuildInput, 'steps'> & { readonly steps: readonly BuiltStep[] };
    readonly image: BuildOf | undefined;
  },
): Promise<{ readonly id: string; readonly number: number }> {
  const { scope, input, image } = options;
  const reference = parseReference(input.reference);
  const platform = formatPlatform(parsePlatform(input.platform));
  const secret =
    input.secretName === null ? null : await holdSecret(tx, { scope, name: input.secretName, reference });
  const secretWhy = await whyThisSecret(tx, { scope, input, reference });
  const steps = await holdSteps(tx, { scope, steps: input.steps });
  await markUploadsUsed(tx, { scope, uploads: neededUploads(input.steps) });
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
      imageId: image?.id ?? null,
      imageName: image?.name ?? null,
      imageRevision: image?.revision ?? null,
      ...(steps === null ? {} : { steps, stepCount: steps.steps.length }),
      cachePolicy: input.cache ?? 'use',
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
  return { id: build.id, number: buildNumber };
}

/** What a build that is repeated ran. @throws NotFoundError when the workspace has no such build */
async function findRepeated(
  tx: Transaction,
  options: { readonly scope: Scope; readonly number: number },
): Promise<Repeated> {
  const { scope, number } = options;
  const build = await tx.build.findUnique({
    where: { workspaceId_number: { workspaceId: scope.workspaceId, number } },
    select: {
      ...{ reference: true, platform: true, steps: true },
      ...{ imageId: true, imageName: true, imageRevision: true },
    },
  });
  if (build === null) throw new NotFoundError('build');
  const { reference, platform, imageId: id, imageName: name, imageRevision: revision } = build;
  const steps = build.steps === null ? [] : storedStepsSchema.parse(build.steps).steps;
  return { reference, platform, steps, image: { id, name, revision } };
}

/** What a build asked for that is asked for again, maybe with changes. */
interface Repeated {
  readonly reference: string;
  readonly platform: string;
  readonly steps: StoredSteps['steps'];
  readonly image: BuildOf;
}

/** Whether it is asked for as it was: a build with other steps, or on another base, is not the image's any more. */
function isSame(
  repeated: Repeated,
  input: Pick<StartBuildInput, 'reference' | 'platform' | 'steps'>,
): boolean {
  return (
    formatReference(parseReference(input.reference)) === repeated.reference &&
    formatPlatform(parsePlatform(input.platform)) === repeated.platform &&
    JSON.stringify(input.steps) === JSON.stringify(repeated.steps)
  );
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

/**
 * How it came to this secret, or to none, for whoever reads the build later: forms propose by the same rule, so a choice that
 * agrees with it is the proposal.
 *
 * @throws NotFoundError when the build that this one repeats is not there.
 */
async function whyThisSecret(
  tx: Transaction,
  options: {
    readonly scope: Scope;
    readonly input: Omit<StartBuildInput, 'steps'>;
    readonly reference: Reference;
  },
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
