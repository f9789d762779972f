import { holdSecret } from '#lib/builds/hold.ts';
import { enqueueImageBuild } from '#lib/builds/mutations.ts';
import { findResult } from '#lib/builds/results/open-result.ts';
import { type Prisma, type Transaction, transaction } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { reportError } from '#lib/errors/report.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { type SavedImage, saveImage } from '#lib/images/mutations.ts';
import type { CachePolicy } from '#lib/images/step-plan.ts';
import { formatReference, parseReference, type Reference } from '#lib/oci/reference.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { digestTarget, PushEndedError } from './errors.ts';
import { pushChannel, wakePushers, workChannel } from './queue.ts';
import type { PushInput, PushTargetInput } from './schema.ts';

/**
 * Queues a push of a build's image. Whoever may use its base may push it, to where a secret of the workspace opens.
 *
 * @throws InvalidReferenceError, InputError for what was typed.
 * @throws CustomSecretError, SecretHostMismatchError when the secret is not for the target's registry.
 * @throws NotFoundError when the workspace has no such build; NoResultError, ResultRefusedError when its image is not to be had.
 */
export async function startPush(options: {
  readonly scope: Scope;
  readonly number: number;
  readonly input: PushInput;
}): Promise<{ readonly id: string }> {
  const { scope, number, input } = options;
  await findResult({ scope, address: { number } });
  const target = parseTarget(input.reference);
  return transaction(async (tx) => {
    const { workspaceId } = scope;
    const [build] = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM build WHERE workspace_id = ${workspaceId}::uuid AND number = ${number}::int FOR KEY SHARE`;
    if (build === undefined) throw new NotFoundError('build');
    const secret = await secretFor(tx, { scope, name: input.secretName, target });
    return insert(tx, { scope, buildId: build.id, trigger: 'manual', target, secret });
  });
}

/**
 * Queues a build of an image, as its newest revision says, and with it the push to where the image goes, if each build of it does.
 * Both are there or neither. A target whose secret is gone makes the push fail at once, and stops no build.
 *
 * @throws what `enqueueImageBuild` throws
 */
export async function buildAndPush(options: ImageToBuild): Promise<{ readonly number: number }> {
  return transaction((tx) => enqueueWithPush(tx, options));
}

/**
 * Saves an image and queues the build of what was saved, as `buildAndPush` does. One act: where the build is refused, nothing is saved.
 *
 * @throws what `saveImage` and `enqueueImageBuild` throw
 */
export async function saveAndBuild(saved: SavedImage): Promise<{ readonly number: number }> {
  return transaction(async (tx) => {
    await saveImage(tx, saved);
    return enqueueWithPush(tx, { scope: saved.scope, name: saved.name, cache: 'use' });
  });
}

/**
 * Says where an image goes; null: nowhere. It is no part of the definition, so it makes no revision.
 *
 * @throws InvalidReferenceError, InputError, CustomSecretError, SecretHostMismatchError as `startPush` does
 * @throws NotFoundError when the workspace has no such image.
 */
export async function savePushTarget(options: {
  readonly scope: Scope;
  readonly image: string;
  readonly target: PushTargetInput | null;
}): Promise<void> {
  const { scope, image: name, target: input } = options;
  await transaction(async (tx) => {
    const image = await tx.image.findUnique({
      where: { workspaceId_name: { workspaceId: scope.workspaceId, name } },
      select: { id: true },
    });
    if (image === null) throw new NotFoundError('image');
    const imageId = image.id;
    if (input === null) {
      await tx.pushTarget.deleteMany({ where: { imageId } });
      return;
    }
    const target = parseTarget(input.reference);
    await secretFor(tx, { scope, name: input.secretName, target });
    const { secretName, isAutomatic } = input;
    const row = {
      reference: formatReference(target),
      secretName,
      isAutomatic,
      changedBy: scope.userId ?? '',
    };
    await tx.pushTarget.upsert({
      where: { imageId },
      create: { imageId, ...row },
      update: { ...row, changedAt: new Date() },
    });
  });
}

/**
 * Asks for a push to stop. One that waits ends at once; of one that runs, the worker kills the process.
 *
 * @throws NotFoundError when the workspace has no such push; PushEndedError when there is nothing left to stop.
 */
export async function cancelPush(options: { readonly scope: Scope; readonly id: string }): Promise<void> {
  const { scope, id } = options;
  await transaction(async (tx) => {
    const [push] = await tx.$queryRaw<{ state: string; buildId: string }[]>`
      SELECT state::text AS state, build_id AS "buildId" FROM push
      WHERE id = ${id}::uuid AND workspace_id = ${scope.workspaceId}::uuid FOR UPDATE`;
    if (push === undefined) throw new NotFoundError('push');
    if (push.state !== 'queued' && push.state !== 'running') throw new PushEndedError();
    if (push.state === 'running') {
      await tx.$executeRaw`
        UPDATE push SET cancel_requested_by = ${scope.userName} WHERE id = ${id}::uuid AND cancel_requested_by IS NULL`;
      await tx.$queryRaw`SELECT pg_notify(${workChannel}, ${`cancel ${id}`})::text AS notified`;
      return;
    }
    await tx.push.update({
      where: { id },
      data: { state: 'cancelled', endedAt: new Date(), cause: `Cancelled by ${scope.userName}` },
    });
    await tell(tx, push.buildId);
  });
}

interface ImageToBuild {
  readonly scope: Scope;
  readonly name: string;
  readonly cache: CachePolicy;
}

async function enqueueWithPush(tx: Transaction, image: ImageToBuild): Promise<{ readonly number: number }> {
  const { scope } = image;
  const { id: buildId, number, imageId } = await enqueueImageBuild(tx, image);
  const wanted = await tx.pushTarget.findUnique({ where: { imageId } });
  if (wanted?.isAutomatic !== true) return { number };
  const target = parseReference(wanted.reference);
  const common = { scope, buildId, trigger: 'build', target } as const;
  try {
    const secret = await secretFor(tx, { scope, name: wanted.secretName, target });
    await insert(tx, { ...common, secret });
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    await insert(tx, { ...common, secret: null, secretName: wanted.secretName, error });
  }
  return { number };
}

type HeldSecret = Awaited<ReturnType<typeof holdSecret>>;

async function secretFor(
  tx: Transaction,
  options: { readonly scope: Scope; readonly name: string | null; readonly target: Reference },
): Promise<HeldSecret | null> {
  const { scope, name, target } = options;
  return name === null ? null : holdSecret(tx, { scope, name, reference: target });
}

/** @throws InvalidReferenceError, InputError */
function parseTarget(text: string): Reference {
  const target = parseReference(text);
  if (target.digest !== undefined) throw digestTarget();
  return target;
}

async function insert(
  tx: Transaction,
  push: {
    readonly scope: Scope;
    readonly buildId: string;
    readonly trigger: 'manual' | 'build';
    readonly target: Reference;
    readonly secret: HeldSecret | null;
    /** Of a secret that could not be held. */
    readonly secretName?: string | null;
    /** Why it fails before it begins. */
    readonly error?: SlipwayError;
  },
): Promise<{ readonly id: string }> {
  const { scope, buildId, trigger, target, secret, error } = push;
  const row = await tx.push.create({
    data: {
      workspaceId: scope.workspaceId,
      buildId,
      reference: formatReference(target),
      secretId: secret?.id ?? null,
      secretName: secret?.name ?? push.secretName ?? null,
      secretVersionId: secret?.versionId ?? null,
      secretVersion: secret?.version ?? null,
      trigger,
      requestedBy: scope.userId ?? '',
      requesterName: scope.userName,
      ...(error === undefined
        ? {}
        : {
            state: 'failed',
            endedAt: new Date(),
            error: reportError(error) as unknown as Prisma.InputJsonValue,
          }),
    },
    select: { id: true },
  });
  await wakePushers(tx);
  await tell(tx, buildId);
  return row;
}

async function tell(tx: Transaction, buildId: string): Promise<void> {
  await tx.$queryRaw`SELECT pg_notify(${pushChannel}, ${buildId})::text AS notified`;
}
