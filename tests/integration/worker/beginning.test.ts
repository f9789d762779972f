import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { requestCancel } from '#lib/builds/mutations.ts';
import { lossesMax } from '#lib/builds/state.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { pushImage } from '#tests/support/images.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import { openYard, reached, registryHost, start, type Yard } from './yard.ts';

// What may go wrong between the claim of a build and its process.

let registry: TestRegistry;
let database: TestDatabase;
let yard: Yard;
let scope: Scope;

beforeAll(async () => {
  registry = await startRegistry({ auth: 'htpasswd', username: 'ines', password: 'correct-horse' });
  await pushImage({ registry, repository: 'team/app', tag: '1', layers: [1_000] });
});
afterAll(async () => {
  await registry.stop();
});
beforeEach(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  yard = await openYard({ database, endpoint: registry.url });
  scope = await makeWorkspace();
  const values = {
    REGISTRY_HOST: registryHost,
    REGISTRY_USERNAME: 'ines',
    REGISTRY_PASSWORD: 'correct-horse',
  };
  await yard.saveSecret({ scope, name: 'ours', type: 'registry', values });
});
afterEach(async () => {
  await yard.close();
  await closeDatabase();
  await database.drop();
});

/** While the table of sealed values has another name, no worker can read them: the database is up, and fails. */
const hideSealedValues = () => prisma().$executeRaw`ALTER TABLE secret_version RENAME TO elsewhere`;
const showSealedValues = () => prisma().$executeRaw`ALTER TABLE elsewhere RENAME TO secret_version`;

describe('a database that fails while a build is being prepared', () => {
  test('for a moment, costs the build nothing', async () => {
    const number = await start(scope, 'team/app:1', 'ours');
    await hideSealedValues();
    await yard.startWorker();
    await expect.poll(() => stateOf(number)).toBe('running');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await showSealedValues();
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view).toMatchObject({ state: 'succeeded', attempt: 1 });
  });

  test('for good, fails the build with a cause that does not blame it', async () => {
    const number = await start(scope, 'team/app:1', 'ours');
    await hideSealedValues();
    await yard.startWorker();
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    await showSealedValues();
    expect(view).toMatchObject({ state: 'failed', attempt: lossesMax, error: { code: 'build_lost' } });
  });
});

test('a build that is cancelled while it is being prepared stops as soon as it is', async () => {
  const number = await start(scope, 'team/app:1', 'ours');
  await hideSealedValues();
  await yard.startWorker();
  await expect.poll(() => stateOf(number)).toBe('running');
  await requestCancel({ scope, number });
  // The worker has heard it by now, and had no process to stop.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await showSealedValues();
  const { view } = await reached(scope, number, ['succeeded', 'failed', 'cancelled']);
  expect(view).toMatchObject({ state: 'cancelled', cause: 'Cancelled by Ines Okafor', attempt: 1 });
  // By its worker, not because that had lost it.
  expect((await prisma().build.findFirstOrThrow({ where: { number } })).losses).toBe(0);
});

async function stateOf(number: number): Promise<string> {
  return (await prisma().build.findFirstOrThrow({ where: { number } })).state;
}
