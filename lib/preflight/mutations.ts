import { prisma, type Transaction, transaction } from '#lib/db/client.ts';
import { InputError } from '#lib/errors/input.ts';
import { formatPlatform, parsePlatform } from '#lib/oci/platform.ts';
import { formatReference, parseReference } from '#lib/oci/reference.ts';
import { missingSecret } from '#lib/secrets/errors.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { findHeld } from './hold.ts';
import { workChannel } from './queue.ts';
import { takeTurn } from './rate.ts';
import type { PreflightInput } from './schema.ts';

/**
 * Has a worker check something, or finds a result that still holds. The row and the word to the workers become visible
 * together. Whether the secret is for that registry is a check, so here it is not asked.
 *
 * @returns the id under which to follow the check
 * @throws InvalidReferenceError, InvalidPlatformError for what was typed.
 * @throws InputError when there is no such secret, or the page that sealed a draft is out of date.
 * @throws TooManyChecksError when this person has asked for as many as one may.
 */
export async function askPreflight(options: {
  readonly scope: Scope;
  readonly input: PreflightInput;
}): Promise<{ readonly id: string }> {
  const { scope, input } = options;
  const { workspaceId, userId } = scope;
  if (userId === null) throw new Error('Only a person asks for a check');
  const parsed = input.reference === null ? null : parseReference(input.reference);
  const reference = parsed && formatReference(parsed);
  const platform = formatPlatform(parsePlatform(input.platform));
  const { draft, secretName, isAsked } = input;
  return transaction(async (tx) => {
    const saved = secretName === null ? null : await newestVersion(tx, { scope, name: secretName });
    if (!isAsked && draft === undefined) {
      const versionId = saved?.versionId ?? null;
      const registry = parsed?.registry ?? null;
      const held = await findHeld(tx, { workspaceId, registry, reference, platform, versionId });
      if (held !== null) return { id: held };
    }
    await takeTurn(tx, userId);
    const sealed = draft === undefined ? {} : await columnsOfDraft(tx, draft);
    const { id } = await tx.preflight.create({
      data: {
        workspaceId,
        requestedBy: userId,
        isAsked,
        reference,
        platform,
        secretId: saved?.id ?? null,
        secretVersionId: saved?.versionId ?? null,
        ...sealed,
      },
      select: { id: true },
    });
    await tx.$queryRaw`SELECT pg_notify(${workChannel}, 'claim')::text AS notified`;
    return { id };
  });
}

/** Whoever asked has left: nobody takes the check up any more, and a worker that makes it kills it. */
export async function abandonPreflight(options: {
  readonly scope: Scope;
  readonly id: string;
}): Promise<void> {
  const { scope, id } = options;
  await prisma().$queryRaw`
    WITH abandoned AS (
      UPDATE preflight SET state = 'abandoned', ended_at = now(), draft = NULL, draft_sealed = NULL
      WHERE id = ${id}::uuid AND workspace_id = ${scope.workspaceId}::uuid AND state IN ('queued', 'running')
      RETURNING id, worker_id
    )
    SELECT pg_notify(${workChannel}, 'abandon ' || id)::text AS notified FROM abandoned WHERE worker_id IS NOT NULL`;
}

async function newestVersion(
  tx: Transaction,
  options: { readonly scope: Scope; readonly name: string },
): Promise<{ readonly id: string; readonly versionId: string }> {
  const { scope, name } = options;
  const [found] = await tx.$queryRaw<{ id: string; versionId: string }[]>`
    SELECT secret.id, version.id AS "versionId"
    FROM secret
    JOIN secret_version AS version ON version.secret_id = secret.id AND version.number = secret.version_number
    WHERE secret.workspace_id = ${scope.workspaceId}::uuid AND secret.name = ${name}`;
  if (found === undefined) throw missingSecret(name);
  return found;
}

/** The draft is bound to its workspace, its secret and itself by what is sealed, as saved versions are. */
async function columnsOfDraft(tx: Transaction, draft: NonNullable<PreflightInput['draft']>) {
  const { secretId, version } = draft;
  const { versionId, type, keyId, keys, facts, sealed } = version;
  const isKnown = (await tx.sealingKey.count({ where: { id: keyId } })) > 0;
  if (!isKnown) throw outOfDate();
  return { secretId, draft: { type, secretId, versionId, keyId, keys, facts }, draftSealed: sealed };
}

function outOfDate(): InputError {
  return new InputError({
    what: 'The values were not tested',
    why: 'This page is older than what is on the server. Nothing was sent to any registry.',
    next: 'Reload the page and enter the values again.',
  });
}
