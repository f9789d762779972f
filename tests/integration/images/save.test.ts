import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRecipe } from '#lib/builds/data.ts';
import { requestCancel, startBuild } from '#lib/builds/mutations.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { getImage, listRevisions, readRevision } from '#lib/images/data.ts';
import { summaryOfChanges } from '#lib/images/definition-changes.ts';
import { deleteImage } from '#lib/images/mutations.ts';
import { builtStepsOf, definitionSchema } from '#lib/images/schema.ts';
import { saveAndBuild } from '#lib/push/mutations.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { makeSecretRow, makeWorkspace } from '../builds/workspace.ts';

let database: TestDatabase;
let scope: Scope;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  scope = await makePerson('Ines Okafor');
  await makeSecretRow(scope, { name: 'broken', type: 'custom', host: null, state: 'refused' });
  await makeSecretRow(scope, { name: 'good', type: 'custom', host: null });
});
afterAll(async () => {
  await closeDatabase();
  await database?.drop();
});

async function makePerson(userName: string, workspaceId?: string): Promise<Scope> {
  const own = await makeWorkspace({ userName });
  const data = { id: own.userId ?? randomUUID(), name: userName, email: `${own.userId}@halden.test` };
  await prisma().user.create({ data });
  return workspaceId === undefined ? own : { ...own, workspaceId };
}

/** Two steps after an added Python, of which the second takes a secret. */
function definitionWith(secret: string, command = 'make') {
  return definitionSchema.parse({
    source: 'from_registry',
    reference: 'docker.io/library/python:3.12',
    add_python: '3.12',
    steps: [
      { kind: 'env', variables: { A: '1' } },
      { kind: 'run_commands', commands: [command], secrets: [secret] },
    ],
  });
}

const save = (name: string, secret: string, basedOn: number | null, { by = scope, command = 'make' } = {}) =>
  saveAndBuild({ scope: by, name, definition: definitionWith(secret, command), basedOn });

describe('saving and building', () => {
  test('is one act: where the build is refused nothing is saved, and the step is named', async () => {
    await expect(save('half', 'broken', null)).rejects.toMatchObject({
      code: 'input',
      fields: { 'steps.1.secrets': expect.stringContaining('broken') },
    });
    await expect(getImage({ scope, name: 'half' })).rejects.toThrow(NotFoundError);
    const { number } = await save('half', 'good', null);
    expect(await getImage({ scope, name: 'half' })).toMatchObject({ revision: 1 });
    await expect(save('half', 'broken', 1)).rejects.toMatchObject({ code: 'input' });
    expect(await save('half', 'good', 1, { command: 'make all' })).toEqual({ number: number + 1 });
    expect((await getImage({ scope, name: 'half' })).revision).toBe(2);
  });

  test('of what is as it was makes no revision, and a build of the newest', async () => {
    const { number } = await save('alike', 'good', null);
    expect(await save('alike', 'good', 1)).toEqual({ number: number + 1 });
    expect(
      (await listRevisions(await getImage({ scope, name: 'alike' }))).map((each) => each.number),
    ).toEqual([1]);
    expect(await readRecipe({ scope, number: number + 1 })).toMatchObject({ imageName: 'alike' });
  });

  test('keeps every revision, with what it changed and a way back', async () => {
    await save('grown', 'good', null);
    await save('grown', 'good', 1, { command: 'make all' });
    const revisions = await listRevisions(await getImage({ scope, name: 'grown' }));
    expect(revisions.map(({ number, changes }) => [number, changes && summaryOfChanges(changes)])).toEqual([
      [2, 'step 2: run_commands changed'],
      [1, null],
    ]);
    expect(await readRevision({ scope, name: 'grown', number: 1 })).toEqual(definitionWith('good'));
    for (const [asker, number] of [
      [scope, 3],
      [await makePerson('Nobody'), 1],
    ] as const) {
      await expect(readRevision({ scope: asker, name: 'grown', number })).rejects.toThrow(NotFoundError);
    }
  });

  test('names the step whose secret is not there, and whose secret is none for steps', async () => {
    const fields = { 'steps.1.secrets': expect.any(String) };
    await makeSecretRow(scope, { name: 'hub', type: 'docker_hub', host: 'docker.io' });
    for (const secret of ['nobody', 'hub']) {
      await expect(save('unnamed', secret, null)).rejects.toMatchObject({ fields });
      const steps = [...builtStepsOf(definitionWith(secret))];
      const input = { reference: 'python', platform: 'linux/amd64', secretName: null, steps };
      await expect(startBuild({ scope, input })).rejects.toMatchObject({ fields });
    }
  });

  test('is refused over somebody else’s revision, until that one is what is edited', async () => {
    const ada = await makePerson('Ada Byron', scope.workspaceId);
    await save('shared', 'good', null);
    await save('shared', 'good', 1, { by: ada, command: 'make all' });
    await expect(save('shared', 'good', 1)).rejects.toMatchObject({
      code: 'revision_conflict',
      revision: 2,
      advice: { why: expect.stringContaining('Ada Byron saved revision 2') },
    });
    await save('shared', 'good', 2);
    expect((await getImage({ scope, name: 'shared' })).revision).toBe(3);
  });

  test('is refused of an image that was deleted, and of a name that is taken', async () => {
    await expect(save('nowhere', 'good', 1)).rejects.toThrow(NotFoundError);
    await expect(save('shared', 'good', null)).rejects.toMatchObject({
      fields: { name: expect.stringContaining('taken') },
    });
  });
});

describe('what a build was started with', () => {
  test('is read with its steps, its Python and its secrets', async () => {
    const { source: _, version: _version, ...definition } = definitionWith('good');
    const { reference, platform, secret } = definition;
    const input = { reference, platform, secretName: secret, steps: [...builtStepsOf(definition)] };
    const { number } = await startBuild({ scope, input });
    expect(await readRecipe({ scope, number })).toEqual({ ...definition, imageName: null });
    const plain = await startBuild({ scope, input: { reference, platform, secretName: null } });
    expect(await readRecipe({ scope, number: plain.number })).toMatchObject({ add_python: null, steps: [] });
    await expect(readRecipe({ scope: await makeWorkspace(), number })).rejects.toThrow(NotFoundError);
  });

  test('names the image that it is of, for as long as there is one', async () => {
    const { number } = await save('fleeting', 'good', null);
    expect((await readRecipe({ scope, number })).imageName).toBe('fleeting');
    await requestCancel({ scope, number });
    await deleteImage({ scope, name: 'fleeting' });
    expect(await readRecipe({ scope, number })).toMatchObject({ imageName: null, add_python: '3.12' });
  });
});
