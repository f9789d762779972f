import { Prisma, prisma } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { mediaTypes } from '#lib/oci/media-types.ts';
import { parseReference } from '#lib/oci/reference.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { type Binding, isBoundTo } from '#lib/registries/binding.ts';
import { borrowImage, type ImageLoan } from '#lib/store/loan.ts';
import type { Scope } from '#lib/teams/scope.ts';
import type { BuildState } from '../schema.ts';
import { NoResultError, ResultGoneError, ResultRefusedError } from './result-errors.ts';

/** Which build's result: one by its number, or what a tag of an image stands for now. */
export type ResultAddress = { readonly number: number } | { readonly image: string; readonly tag: ResultTag };

/** `latest`: the newest build that succeeded; `r3`: the newest of revision 3; `b17`: build 17. */
export type ResultTag =
  | { readonly kind: 'latest' }
  | { readonly kind: 'revision' | 'build'; readonly number: number };

/** The image that a build came to, for whoever may take it out of Slipway. */
export interface BuildResult {
  readonly number: number;
  /** The base, as a whole normalised reference. */
  readonly reference: string;
  /** The image whose definition was built; null for a build of its own. */
  readonly image: { readonly name: string; readonly revision: number } | null;
  /** Whether steps made it; otherwise it is the base as it was pulled. */
  readonly hasSteps: boolean;
  /** Of its manifest: the registry's own for a base, an OCI one for what steps made. */
  readonly digest: Digest;
}

/** A result that stays in the store until the loan ends, or this process does. */
export interface OpenedResult extends BuildResult {
  readonly manifest: Descriptor;
  readonly loan: ImageLoan;
}

/**
 * The one place that decides who may take a build's result out of Slipway: for downloads and pushes alike, and each time anew.
 *
 * A result holds the base's layers, so whoever takes it has to be able to use the base as for a new build: the secret that it was pulled with
 * is still the workspace's and for this registry, no worker has refused its newest version, and the registry has not refused this base since,
 * be it by hiding the repository. What a build asks the registry itself, the web process cannot: it holds no secret's values.
 *
 * @throws NotFoundError when the workspace has no such build or image; NoResultError, ResultRefusedError
 */
export async function findResult(options: {
  readonly scope: Scope;
  readonly address: ResultAddress;
}): Promise<BuildResult> {
  const { scope, address } = options;
  const row = await readRow(scope, await numberOf(scope, address));
  if (row === undefined) throw new NotFoundError('build');
  const { number, digest, imageName, imageRevision, reference, stepCount } = row;
  if (row.state !== 'succeeded' || digest === null) throw new NoResultError(whyNone(row));
  requireUseOfBase(row);
  return {
    number,
    reference,
    image: imageName === null ? null : { name: imageName, revision: imageRevision ?? 0 },
    hasSteps: stepCount > 0,
    digest,
  };
}

/**
 * As `findResult`, and keeps it in the store from now on. The caller ends the loan.
 * @throws ResultGoneError when it was collected, and what `findResult` throws
 */
export async function openResult(options: {
  readonly scope: Scope;
  readonly address: ResultAddress;
}): Promise<OpenedResult> {
  const result = await findResult(options);
  const loan = await borrowImage(result);
  const manifest = loan?.blobs.find(({ digest }) => digest === result.digest);
  if (loan === null) throw new ResultGoneError(result.number);
  if (manifest === undefined) {
    await loan.end();
    throw new ResultGoneError(result.number);
  }
  const { digest, sizeBytes } = manifest;
  const mediaType = result.hasSteps ? mediaTypes.ociManifest : '';
  return { ...result, manifest: { mediaType, digest, sizeBytes }, loan };
}

/** @throws NotFoundError for what no image has as a tag */
export function parseResultTag(text: string): ResultTag {
  if (text === 'latest') return { kind: 'latest' };
  const [, letter, number] = /^([rb])([1-9]\d{0,8})$/.exec(text) ?? [];
  if (letter === undefined) throw new NotFoundError('tag');
  return { kind: letter === 'r' ? 'revision' : 'build', number: Number(number) };
}

async function numberOf(scope: Scope, address: ResultAddress): Promise<number> {
  if ('number' in address) return address.number;
  const { image: name, tag } = address;
  const { workspaceId } = scope;
  const image = await prisma().image.findUnique({
    where: { workspaceId_name: { workspaceId, name } },
    select: { id: true },
  });
  if (image === null) throw new NotFoundError('image');
  const build = await prisma().build.findFirst({
    where: {
      workspaceId,
      imageId: image.id,
      state: 'succeeded',
      ...(tag.kind === 'revision' ? { imageRevision: tag.number } : {}),
      ...(tag.kind === 'build' ? { number: tag.number } : {}),
    },
    select: { number: true },
    orderBy: { number: 'desc' },
  });
  if (build !== null) return build.number;
  const of = { latest: '', revision: ' of this revision', build: ' with this number' }[tag.kind];
  throw new NoResultError(`No build${of} of ${name} has succeeded.`);
}

interface ResultRow {
  readonly number: number;
  readonly state: BuildState;
  readonly reference: string;
  readonly imageName: string | null;
  readonly imageRevision: number | null;
  readonly stepCount: number;
  readonly digest: Digest | null;
  /** As the build knew it; null where it needed none. */
  readonly secretName: string | null;
  /** Of its newest version; null when the secret was deleted. */
  readonly secretState: string | null;
  /** Where its newest version may be sent; null when the secret was deleted. */
  readonly secretType: Binding['type'] | null;
  readonly secretHost: Binding['host'];
  /** The build by which the registry refused the same base to the same secret, unless a later one got it. */
  readonly refusedBy: number | null;
}

async function readRow(scope: Scope, number: number): Promise<ResultRow | undefined> {
  const [row] = await prisma().$queryRaw<ResultRow[]>`
    SELECT build.number, build.state::text AS state, build.reference, build.image_name AS "imageName",
           build.image_revision AS "imageRevision", build.step_count AS "stepCount",
           CASE WHEN build.step_count > 0 THEN build.result_digest ELSE build.base_digest END AS digest,
           build.secret_name AS "secretName", version.state::text AS "secretState",
           secret.type::text AS "secretType", secret.host AS "secretHost",
           CASE WHEN asked.state = 'failed' THEN asked.number END AS "refusedBy"
    FROM build
    LEFT JOIN secret ON secret.id = build.secret_id AND secret.workspace_id = build.workspace_id
    LEFT JOIN secret_version AS version ON version.secret_id = secret.id AND version.number = secret.version_number
    LEFT JOIN LATERAL (
      SELECT later.number, later.state FROM build AS later
      WHERE later.workspace_id = build.workspace_id AND later.reference = build.reference
        AND later.secret_id IS NOT DISTINCT FROM build.secret_id AND later.number > build.number
        AND (later.state = 'succeeded' OR (later.state = 'failed' AND ${isRefusal}))
      ORDER BY later.number DESC LIMIT 1
    ) AS asked ON true
    WHERE build.workspace_id = ${scope.workspaceId}::uuid AND build.number = ${number}::int`;
  return row;
}

/** Many registries answer those who may not read a repository as if there were none. A tag that is gone is no refusal. */
const isRefusal = Prisma.sql`(later.error->>'kind' = 'denied' OR later.error->>'code' = 'repository_unknown')`;

function whyNone({ state, number }: ResultRow): string {
  if (state === 'succeeded') return `Build #${number} recorded no image.`;
  const isOver = state === 'failed' || state === 'cancelled';
  return isOver ? `Build #${number} ended without an image.` : `Build #${number} has not ended yet.`;
}

/** @throws ResultRefusedError */
function requireUseOfBase(row: ResultRow): void {
  const { secretName, secretState, secretType: type, secretHost: host, refusedBy, reference } = row;
  if (secretName !== null && type === null) {
    throw new ResultRefusedError({
      why: `Its base was pulled with the secret ${secretName}, which was deleted.`,
      next: 'Build it again with a secret that opens the base.',
    });
  }
  if (secretState === 'refused') {
    throw new ResultRefusedError({
      why: `A worker refused the newest values of ${secretName}, the secret of its base.`,
      next: 'Replace the values of the secret, then build it again.',
    });
  }
  const { registry } = parseReference(reference);
  if (type !== null && !isBoundTo({ binding: { type, host }, registryHost: registry })) {
    throw new ResultRefusedError({
      why: `${secretName}, the secret of its base, is for ${host ?? 'no registry'} now and not for ${registry}.`,
      next: 'Build it again with a secret that opens the base.',
    });
  }
  if (refusedBy !== null) {
    throw new ResultRefusedError({
      why: `The registry refused its base, ${reference}, to build #${refusedBy}.`,
      next: 'Build it again once the registry grants access: a build that succeeds opens this one too.',
    });
  }
}
