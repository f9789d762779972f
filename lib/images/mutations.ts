import { isDeepStrictEqual } from 'node:util';
import { Prisma, type Transaction, transaction } from '#lib/db/client.ts';
import { InputError } from '#lib/errors/input.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { keepForImage } from '#lib/uploads/mutations.ts';
import { checkDefinition } from './check-definition.ts';
import { contentsFormat, type ImageContents } from './contents.ts';
import { ImageInUseError, RevisionConflictError } from './errors.ts';
import { neededUploads } from './needed-uploads.ts';
import { type Definition, keptDefinitionSchema } from './schema.ts';

/** An image to be saved. `basedOn` is the revision that was edited; null for a new image. */
export interface SavedImage {
  readonly scope: Scope;
  readonly name: string;
  readonly definition: Definition;
  readonly basedOn: number | null;
}

/**
 * Saves an image: a new one with its first revision, or an edit as the next revision. What is saved as it was is no edit.
 * @throws NotFoundError when the image that was edited is no more
 * @throws RevisionConflictError when another revision was saved since
 * @throws InputError naming the field, when the name is taken or the definition names what the workspace does not have
 */
export async function saveImage(tx: Transaction, saved: SavedImage): Promise<void> {
  const { scope, definition, basedOn } = saved;
  if (basedOn === null) {
    await checkNames(tx, { scope, definition });
    const imageId = await insertImage(tx, saved);
    return addRevision(tx, { scope, imageId, number: 1, definition });
  }
  const image = await lockImage(tx, saved);
  if (image.revision !== basedOn) throw await conflict(tx, { ...image, name: saved.name });
  await checkNames(tx, { scope, definition });
  if (await isNewest(tx, image, definition)) return;
  const number = image.revision + 1;
  await addRevision(tx, { scope, imageId: image.id, number, definition });
  await tx.image.update({ where: { id: image.id }, data: { revisionNumber: number } });
}

/**
 * Deletes an image with its revisions. Its builds stay in the history, under its name.
 * @throws NotFoundError when the workspace has no such image; ImageInUseError while builds of it are queued or running
 */
export async function deleteImage(options: { readonly scope: Scope; readonly name: string }): Promise<void> {
  const { scope, name } = options;
  await transaction(async (tx) => {
    const { id } = await lockImage(tx, { scope, name });
    const builds = await tx.build.findMany({
      where: { imageId: id, state: { in: ['queued', 'running'] } },
      select: { number: true },
      orderBy: { number: 'asc' },
      take: buildsNamed,
    });
    if (builds.length > 0)
      throw new ImageInUseError({ name, buildNumbers: builds.map(({ number }) => number) });
    await tx.build.updateMany({ where: { imageId: id }, data: { imageId: null } });
    await tx.image.delete({ where: { id } });
  });
}

/** Keeps what a step made under its key, in place of what was kept there. In a transaction that holds the build. */
export async function keepStepResult(
  tx: Transaction,
  options: {
    readonly scope: Scope;
    readonly key: string;
    readonly manifest: Pick<Descriptor, 'digest' | 'sizeBytes'>;
    readonly addedBytes: number;
    readonly tookMs: number;
    readonly buildNumber: number;
  },
): Promise<void> {
  const { scope, key, manifest, addedBytes, tookMs, buildNumber } = options;
  const { workspaceId } = scope;
  const now = new Date();
  const result = {
    manifestDigest: manifest.digest,
    manifestBytes: manifest.sizeBytes,
    addedBytes,
    tookMs,
    buildNumber,
    createdAt: now,
    lastUsedAt: now,
  };
  await tx.stepResult.upsert({
    where: { workspaceId_key: { workspaceId, key } },
    create: { workspaceId, key, ...result },
    update: result,
  });
}

/** Keeps what was learnt of an image of the workspace, in place of what was known of it. In a transaction that holds the build. */
export async function keepContents(
  tx: Transaction,
  options: { readonly scope: Scope; readonly digest: string; readonly contents: ImageContents },
): Promise<void> {
  const { scope, digest, contents } = options;
  const { workspaceId } = scope;
  const kept = { format: contentsFormat, contents };
  await tx.imageContents.upsert({
    where: { workspaceId_digest: { workspaceId, digest } },
    create: { workspaceId, digest, ...kept },
    update: kept,
  });
}

/** Builds that a refusal names: enough to go and look. */
const buildsNamed = 10;

/** The definition by itself, and what of it only the database knows: its secrets. */
async function checkNames(
  tx: Transaction,
  options: { readonly scope: Scope; readonly definition: Definition },
): Promise<void> {
  const { scope, definition } = options;
  const { workspaceId } = scope;
  const secrets = await tx.secret.findMany({
    where: { workspaceId },
    select: { name: true, type: true, host: true },
  });
  checkDefinition({ definition, secrets });
}

async function insertImage(tx: Transaction, { scope, name }: SavedImage): Promise<string> {
  const data = {
    workspaceId: scope.workspaceId,
    name,
    revisionNumber: 1,
    createdBy: authorOf(scope),
  };
  try {
    return (await tx.image.create({ data, select: { id: true } })).id;
  } catch (error) {
    throw isTaken(error) ? nameTaken(name) : error;
  }
}

async function lockImage(
  tx: Transaction,
  options: { readonly scope: Scope; readonly name: string },
): Promise<{ readonly id: string; readonly revision: number }> {
  const [image] = await tx.$queryRaw<{ id: string; revision: number }[]>`
    SELECT id, revision_number AS revision FROM image
    WHERE workspace_id = ${options.scope.workspaceId}::uuid AND name = ${options.name} FOR UPDATE`;
  if (image === undefined) throw new NotFoundError('image');
  return image;
}

/** Whether the newest revision says this already. */
async function isNewest(
  tx: Transaction,
  image: { readonly id: string; readonly revision: number },
  definition: Definition,
): Promise<boolean> {
  const newest = await tx.imageRevision.findUniqueOrThrow({
    where: { imageId_number: { imageId: image.id, number: image.revision } },
    select: { definition: true },
  });
  return isDeepStrictEqual(keptDefinitionSchema.safeParse(newest.definition).data, definition);
}

async function addRevision(
  tx: Transaction,
  options: {
    readonly scope: Scope;
    readonly imageId: string;
    readonly number: number;
    readonly definition: Definition;
  },
): Promise<void> {
  const { scope, imageId, number, definition } = options;
  await keepForImage(tx, { scope, imageId, uploads: neededUploads(definition.steps) });
  await tx.imageRevision.create({ data: { imageId, number, definition, createdBy: authorOf(scope) } });
}

async function conflict(
  tx: Transaction,
  image: { readonly id: string; readonly name: string; readonly revision: number },
): Promise<RevisionConflictError> {
  const { id: imageId, name, revision } = image;
  const newest = await tx.imageRevision.findUnique({
    where: { imageId_number: { imageId, number: revision } },
    select: { createdBy: true },
  });
  const user = await tx.user.findUnique({ where: { id: newest?.createdBy ?? '' }, select: { name: true } });
  return new RevisionConflictError({ name, revision, byName: user?.name ?? 'Somebody' });
}

function authorOf({ userId }: Scope): string {
  if (userId === null) throw new Error('Only a person saves images');
  return userId;
}

/** P2002 is Prisma's code for a unique constraint. https://www.prisma.io/docs/orm/reference/error-reference#p2002 */
function isTaken(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}

function nameTaken(name: string): InputError {
  return new InputError(
    {
      what: 'The image was not saved',
      why: `This workspace has an image named ${name} already.`,
      next: 'Choose another name, or edit that one.',
    },
    { name: `The name ${name} is taken. Choose another.` },
  );
}
