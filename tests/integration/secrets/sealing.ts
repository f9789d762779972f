import { randomUUID } from 'node:crypto';
import { prisma } from '#lib/db/client.ts';
import { toBase64 } from '#lib/secrets/base64.ts';
import { publishSealingKey, saveSecret } from '#lib/secrets/mutations.ts';
import type { SecretType } from '#lib/secrets/schema.ts';
import { newId, sealDraft } from '#lib/secrets/seal-draft.ts';
import { type SealedSecretInput, sealedSecretSchema } from '#lib/secrets/sealed-secret.ts';
import type { Opener } from '#lib/secrets/types.ts';
import { validateSecret } from '#lib/secrets/validate-secret.ts';
import { mintScope } from '#lib/teams/mint-scope.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { type Keyring, loadKeyring } from '#lib/vault/keyring.ts';
import { openSecret } from '#lib/vault/open.ts';

export const password = 'dckr_pat_correctHorseBatteryStaple';
export const hubValues = { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: password };

/** A keyring of one key, published as a worker does at its start. */
export async function startKeyring(fill = 11): Promise<{ readonly keyring: Keyring; readonly open: Opener }> {
  const text = `slipway-key-1 ${Buffer.alloc(32, fill).toString('base64url')}`;
  const keyring = await loadKeyring({ file: '/nowhere', text });
  await publishSealingKey(keyring.newest);
  return { keyring, open: (record) => openSecret({ keyring, ...record }) };
}

/** A workspace with one person, made directly: signing in is not what these tests are about. */
export async function makeWorkspace(): Promise<Scope> {
  const userId = randomUUID();
  await prisma().user.create({ data: { id: userId, name: 'Ines Okafor', email: `${userId}@example.com` } });
  const { id } = await prisma().workspace.create({ data: { name: 'Halden Labs' } });
  return mintScope({ workspaceId: id, userId, userName: 'Ines Okafor', role: 'owner' });
}

/** What a browser posts for these values, as JSON has it. */
export async function post(options: {
  readonly scope: Scope;
  readonly keyring: Keyring;
  readonly name?: string;
  readonly id?: string;
  readonly type?: SecretType;
  readonly values?: Readonly<Record<string, string>>;
  readonly repositories?: readonly string[];
}): Promise<SealedSecretInput> {
  const {
    scope,
    keyring,
    name = 'hub-pull',
    id = newId(),
    type = 'docker_hub',
    values = hubValues,
    repositories = [],
  } = options;
  const { id: keyId, publicKey } = keyring.newest;
  const version = await sealDraft({
    key: { id: keyId, publicKey: toBase64(publicKey) },
    workspaceId: scope.workspaceId,
    secretId: id,
    draft: validateSecret({ type, values }),
  });
  return { ...version, id, name, repositories: [...repositories] };
}

/** Saves a secret by the road that a browser's post takes. */
export async function save(options: Parameters<typeof post>[0]): Promise<SealedSecretInput> {
  const input = await post(options);
  await saveSecret({ scope: options.scope, input: sealedSecretSchema.parse(input) });
  return input;
}
