import type { RegistrySecret } from '#lib/registries/binding.ts';
import type { SecretPayload } from '#lib/vault/format.ts';
import type { SealedRecord } from '#lib/vault/open.ts';
import type { PublicRecord } from './public-record.ts';
import type { SecretType } from './schema.ts';

type SecretVersionState = 'pending' | 'accepted' | 'refused';

/** A secret as opened, checked and bound. Only a worker and a build's own process ever hold one. */
export interface OpenedSecret extends RegistrySecret {
  readonly type: SecretType;
}

/** One saved set of values, as far as anybody may see it. Times are ISO 8601. */
export interface SecretVersionRow {
  readonly id: string;
  readonly number: number;
  readonly keys: readonly string[];
  readonly facts: Readonly<Record<string, string>>;
  readonly state: SecretVersionState;
  /** Sentences of the worker: why it refused, or what it warns about. */
  readonly findings: readonly string[];
  readonly createdAt: string;
  readonly createdByName: string;
  readonly checkedAt: string | null;
}

/** What a search for a secret finds. */
export type FoundSecret = Pick<SecretRow, 'name' | 'type'>;

/** One row of the list of secrets. */
export interface SecretRow {
  readonly id: string;
  readonly name: string;
  readonly type: SecretType;
  /** What it is bound to, as said by whoever saved it; the worker has it compared with what is sealed. */
  readonly host: string | null;
  /** Patterns of the repositories that it is for; empty when it is for all of its host. */
  readonly repositories: readonly string[];
  readonly createdAt: string;
  readonly createdByName: string;
  readonly lastUsedAt: string | null;
  readonly lastUsedBuild: number | null;
  /** The newest version: the one that builds use. */
  readonly version: SecretVersionRow;
}

/** The page of one secret. */
export interface SecretDetail extends SecretRow {
  /** Newest first, the newest a hundred. */
  readonly versions: readonly SecretVersionRow[];
  /** Builds that chose it, newest first, the newest twenty. */
  readonly usedBy: readonly SecretUse[];
}

export interface SecretUse {
  readonly number: number;
  readonly reference: string;
  readonly state: string;
  readonly secretVersion: number | null;
  readonly createdAt: string;
}

/** Where one credential stood at a registry that counts pulls, when that registry last said so. */
export interface PullAllowance {
  /** `host[:port]` */
  readonly registry: string;
  /** The id of a secret; null for asking without one. */
  readonly secretId: string | null;
  readonly limit: number;
  readonly remaining: number;
  /** Over how long pulls are counted, where the registry says so. */
  readonly windowSeconds: number | null;
  /** ISO 8601. What was seen longer ago than the window says nothing of now. */
  readonly seenAt: string;
}

/** A version as stored, for whoever holds the private key. */
export interface StoredVersion extends PublicRecord, SealedRecord {}

/** What a worker found out about a version. */
export interface VersionReport {
  readonly state: 'accepted' | 'refused';
  readonly findings: readonly string[];
}

/** `openSecret` of the vault with its keyring: only the worker and the command line have one to hand over. */
export type Opener = (record: SealedRecord) => Promise<SecretPayload>;
