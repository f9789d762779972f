import { type Prisma, prisma } from '#lib/db/client.ts';
import { containing } from '#lib/db/like.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { bindingOf } from '#lib/registries/binding.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { findUserNames, nameOfUser, type UserNames } from '#lib/teams/user-names.ts';
import { toBase64 } from './base64.ts';
import { type SecretType, secretsMax } from './schema.ts';
import type { SealingKeyText } from './seal-draft.ts';
import type {
  FoundSecret,
  PullAllowance,
  SecretDetail,
  SecretRow,
  SecretVersionRow,
  StoredVersion,
} from './types.ts';

/** The workspace's secrets by name; `search` looks in names and hosts. */
export async function listSecrets(options: {
  readonly scope: Scope;
  readonly search?: string | undefined;
}): Promise<readonly SecretRow[]> {
  const { scope, search = '' } = options;
  const contains = containing(search);
  const secrets = await prisma().secret.findMany({
    where: { workspaceId: scope.workspaceId, OR: [{ name: contains }, { host: contains }] },
    include: { versions: { ...newestFirst, take: 1 } },
    orderBy: { name: 'asc' },
    take: secretsMax,
  });
  const names = await userNames(secrets);
  return secrets.map((secret) => toRow(secret, names));
}

/** How many secrets the workspace has. */
export async function countSecrets(options: { readonly scope: Scope }): Promise<number> {
  return prisma().secret.count({ where: { workspaceId: options.scope.workspaceId } });
}

/** The first `limit` secrets, by name, whose name holds a text. */
export async function findSecretsByName(options: {
  readonly scope: Scope;
  readonly text: string;
  readonly limit: number;
}): Promise<readonly FoundSecret[]> {
  return prisma().secret.findMany({
    where: { workspaceId: options.scope.workspaceId, name: containing(options.text) },
    select: { name: true, type: true },
    orderBy: { name: 'asc' },
    take: options.limit,
  });
}

/** @throws NotFoundError when the workspace has no secret of this name. */
export async function getSecret(options: {
  readonly scope: Scope;
  readonly name: string;
}): Promise<SecretDetail> {
  const { scope, name } = options;
  const secret = await prisma().secret.findUnique({
    where: { workspaceId_name: { workspaceId: scope.workspaceId, name } },
    include: { versions: { ...newestFirst, take: versionsShown } },
  });
  if (secret === null) throw new NotFoundError('secret');
  const [names, builds] = await Promise.all([
    userNames([secret]),
    prisma().build.findMany({
      where: { workspaceId: scope.workspaceId, secretId: secret.id },
      select: { number: true, reference: true, state: true, secretVersion: true, createdAt: true },
      orderBy: { number: 'desc' },
      take: usesShown,
    }),
  ]);
  return {
    ...toRow(secret, names),
    versions: secret.versions.map((version) => toVersionRow(version, names)),
    usedBy: builds.map((build) => ({ ...build, createdAt: build.createdAt.toISOString() })),
  };
}

/** The public key that pages seal with; null until a worker has published one. */
export async function getSealingKey(): Promise<SealingKeyText | null> {
  const key = await prisma().sealingKey.findFirst({ orderBy: { createdAt: 'desc' } });
  return key && { id: key.id, publicKey: toBase64(key.publicKey) };
}

/**
 * One version as it was saved, for whoever can open it.
 *
 * @throws NotFoundError when the workspace has no such version.
 */
export async function getStoredVersion(options: {
  readonly scope: Scope;
  readonly versionId: string;
}): Promise<StoredVersion> {
  const { scope, versionId } = options;
  const version = await prisma().secretVersion.findFirst({
    where: { id: versionId, secret: { workspaceId: scope.workspaceId } },
    include: { secret: { select: { type: true, host: true } } },
  });
  if (version === null) throw new NotFoundError('secret');
  return toStored({ ...version, ...version.secret, workspaceId: scope.workspaceId });
}

/** Where each of the workspace's credentials stands at registries that count pulls, what was seen last first. */
export async function listAllowances(options: { readonly scope: Scope }): Promise<readonly PullAllowance[]> {
  const rows = await prisma().pullAllowance.findMany({
    where: { workspaceId: options.scope.workspaceId },
    orderBy: { seenAt: 'desc' },
    take: allowancesMax,
  });
  return rows.map(({ registry, credential, limit, remaining, windowSeconds, seenAt }) => ({
    registry,
    secretId: credential === anonymous ? null : credential,
    limit,
    remaining,
    windowSeconds,
    seenAt: seenAt.toISOString(),
  }));
}

/** Stands in the place of a secret's id for asking without one. */
export const anonymous = 'anonymous';

/** Every secret at its own registry, and some registries asked without one. */
const allowancesMax = 2 * secretsMax;

/** Rows of both tables as one stored version. Its host follows from its own facts: the secret's row tells the newest alone. */
export function toStored(row: {
  readonly id: string;
  readonly workspaceId: string;
  readonly secretId: string;
  readonly type: SecretType;
  readonly keys: readonly string[];
  readonly facts: unknown;
  readonly keyId: string;
  readonly sealed: Uint8Array;
}): StoredVersion {
  const { id, workspaceId, secretId, type, keys, keyId, sealed } = row;
  const facts = row.facts as Readonly<Record<string, string>>;
  const { host } = bindingOf({ type, host: facts.REGISTRY_HOST });
  return { type, host, keys, facts, binding: { workspaceId, secretId, versionId: id }, keyId, sealed };
}

const versionsShown = 100;
const usesShown = 20;

/** The columns of a version that people may see. What is sealed is not read where it is not opened. */
const newestFirst = {
  omit: { sealed: true },
  orderBy: { number: 'desc' },
} as const satisfies Prisma.Secret$versionsArgs;

type StoredSecret = Prisma.SecretGetPayload<{ include: { versions: typeof newestFirst } }>;
function toRow(secret: StoredSecret, names: UserNames): SecretRow {
  const [newest] = secret.versions;
  if (newest === undefined) throw new Error(`Secret ${secret.id} has no version`);
  return {
    id: secret.id,
    name: secret.name,
    type: secret.type,
    host: secret.host,
    repositories: secret.repositories,
    createdAt: secret.createdAt.toISOString(),
    createdByName: nameOfUser(secret.createdBy, names),
    lastUsedAt: secret.lastUsedAt?.toISOString() ?? null,
    lastUsedBuild: secret.lastUsedBuild,
    version: toVersionRow(newest, names),
  };
}

function toVersionRow(version: StoredSecret['versions'][number], names: UserNames): SecretVersionRow {
  return {
    id: version.id,
    number: version.number,
    keys: version.keys,
    facts: version.facts as Record<string, string>,
    state: version.state,
    findings: version.findings as string[],
    createdAt: version.createdAt.toISOString(),
    createdByName: nameOfUser(version.createdBy, names),
    checkedAt: version.checkedAt?.toISOString() ?? null,
  };
}

function userNames(secrets: readonly StoredSecret[]): Promise<UserNames> {
  const ids = secrets.flatMap(({ createdBy, versions }) => [
    createdBy,
    ...versions.map((one) => one.createdBy),
  ]);
  return findUserNames(ids);
}
