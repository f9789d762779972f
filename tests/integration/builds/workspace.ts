import { randomUUID } from 'node:crypto';
import { prisma } from '#lib/db/client.ts';
import { mintScope } from '#lib/teams/mint-scope.ts';
import type { Scope } from '#lib/teams/scope.ts';

/** A workspace with one person, made directly: signing in is not what these tests are about. */
export async function makeWorkspace(options: { readonly userName?: string } = {}): Promise<Scope> {
  const { id } = await prisma().workspace.create({ data: { name: 'Halden Labs' } });
  return mintScope({
    workspaceId: id,
    userId: randomUUID(),
    userName: options.userName ?? 'Ines Okafor',
    role: 'member',
  });
}

/** A row of a secret whose seal nothing opens: enough where no worker looks into it. */
export async function makeSecretRow(
  scope: Scope,
  options: {
    readonly name: string;
    readonly type: 'docker_hub' | 'registry' | 'custom' | 'aws';
    readonly host: string | null;
    readonly state?: 'pending' | 'accepted' | 'refused';
    readonly repositories?: readonly string[];
  },
): Promise<{ readonly id: string }> {
  const id = randomUUID();
  await prisma().secret.create({
    data: {
      id,
      workspaceId: scope.workspaceId,
      name: options.name,
      type: options.type,
      host: options.host,
      repositories: [...(options.repositories ?? [])],
      versionNumber: 1,
      createdBy: scope.userName,
      versions: {
        create: {
          id: randomUUID(),
          number: 1,
          keyId: '0'.repeat(16),
          sealed: new Uint8Array([1]),
          keys: [],
          facts: {},
          state: options.state ?? 'accepted',
          createdBy: scope.userName,
        },
      },
    },
  });
  return { id };
}
