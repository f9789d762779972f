import { prisma } from '#lib/db/client.ts';

/** The names of users, by their ids. */
export type UserNames = ReadonlyMap<string, string>;

/** The names of those that are still here, each asked for once. */
export async function findUserNames(ids: readonly string[]): Promise<UserNames> {
  const users = await prisma().user.findMany({
    where: { id: { in: [...new Set(ids)] } },
    select: { id: true, name: true },
  });
  return new Map(users.map(({ id, name }) => [id, name]));
}

export function nameOfUser(userId: string, names: UserNames): string {
  return names.get(userId) ?? 'Someone who left';
}
