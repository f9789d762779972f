import { type Prisma, prisma } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { errorReportSchema } from '#lib/errors/schema.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { pushProgressSchema } from './schema.ts';
import type { PushTarget, PushView } from './types.ts';

/** The pushes of a build, newest first. @throws NotFoundError when the workspace has no such build. */
export async function listPushes(options: {
  readonly scope: Scope;
  readonly number: number;
}): Promise<PushView[]> {
  const { scope, number } = options;
  const build = await prisma().build.findUnique({
    where: { workspaceId_number: { workspaceId: scope.workspaceId, number } },
    select: { state: true, pushes: { orderBy: { createdAt: 'desc' }, take: pushesMax } },
  });
  if (build === null) throw new NotFoundError('build');
  return build.pushes.map((row) => viewOf(row, { number, isBuilt: build.state === 'succeeded' }));
}

/** Where the image goes; null where nobody has said so. @throws NotFoundError when the workspace has no such image. */
export async function readPushTarget(options: {
  readonly scope: Scope;
  readonly image: string;
}): Promise<PushTarget | null> {
  const { scope, image: name } = options;
  const image = await prisma().image.findUnique({
    where: { workspaceId_name: { workspaceId: scope.workspaceId, name } },
    select: { pushTarget: { select: { reference: true, secretName: true, isAutomatic: true } } },
  });
  if (image === null) throw new NotFoundError('image');
  return image.pushTarget;
}

/** Where the last push of the same went: of the image, or, of a build of its own, of the same base. Null where there was none. */
export async function lastPushOf(options: {
  readonly scope: Scope;
  readonly build: { readonly image: { readonly name: string } | null; readonly reference: string };
}): Promise<Pick<PushTarget, 'reference' | 'secretName'> | null> {
  const { scope, build } = options;
  const { image, reference } = build;
  return prisma().push.findFirst({
    where: {
      workspaceId: scope.workspaceId,
      build: image === null ? { imageName: null, reference } : { imageName: image.name },
    },
    orderBy: { createdAt: 'desc' },
    select: { reference: true, secretName: true },
  });
}

/** The newest build of an image that succeeded: what a push of the image pushes. Null where there is none. */
export async function newestResultOf(options: {
  readonly scope: Scope;
  readonly image: string;
}): Promise<number | null> {
  const { scope, image: name } = options;
  const build = await prisma().build.findFirst({
    where: { workspaceId: scope.workspaceId, imageName: name, state: 'succeeded' },
    orderBy: { number: 'desc' },
    select: { number: true },
  });
  return build?.number ?? null;
}

/**
 * What the image of a build was made from, with the newest version of the secret that opens it; null where it needed none.
 * @throws NotFoundError when the workspace has no such build, or it came to no base
 */
export async function readBaseOf(options: { readonly scope: Scope; readonly number: number }): Promise<{
  readonly reference: string;
  readonly digest: string;
  readonly versionId: string | null;
}> {
  const { scope, number } = options;
  const [base] = await prisma().$queryRaw<{ reference: string; digest: string; versionId: string | null }[]>`
    SELECT build.reference, build.base_digest AS digest, version.id AS "versionId"
    FROM build
    LEFT JOIN secret ON secret.id = build.secret_id AND secret.workspace_id = build.workspace_id
    LEFT JOIN secret_version AS version ON version.secret_id = secret.id AND version.number = secret.version_number
    WHERE build.workspace_id = ${scope.workspaceId}::uuid AND build.number = ${number}::int AND build.base_digest IS NOT NULL`;
  if (base === undefined) throw new NotFoundError('build');
  return base;
}

/** As many as anybody looks at. */
const pushesMax = 20;

type PushRow = Prisma.PushGetPayload<object>;

function viewOf(row: PushRow, build: { readonly number: number; readonly isBuilt: boolean }): PushView {
  const { id, reference, requesterName, state, cause, digest } = row;
  return {
    id,
    buildNumber: build.number,
    reference,
    secret: row.secretName === null ? null : { name: row.secretName, version: row.secretVersion ?? 0 },
    trigger: row.trigger === 'build' ? 'build' : 'manual',
    requesterName,
    state,
    waitsFor: state !== 'queued' ? null : build.isBuilt ? 'worker' : 'build',
    cause,
    error: row.error === null ? null : errorReportSchema.parse(row.error),
    progress: row.progress === null ? null : pushProgressSchema.parse(row.progress),
    digest,
    sentBytes: Number(row.sentBytes),
    mountedBytes: Number(row.mountedBytes),
    presentBytes: Number(row.presentBytes),
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}
