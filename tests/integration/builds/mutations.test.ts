import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findBuild, getBuild, listBuilds } from '#lib/builds/data.ts';
import { BuildEndedError } from '#lib/builds/errors.ts';
import { downloadLog, readLog, searchLog } from '#lib/builds/log/data.ts';
import { requestCancel, startBuild } from '#lib/builds/mutations.ts';
import { claimBuild, renewLease } from '#lib/builds/queue.ts';
import { startBuildSchema } from '#lib/builds/schema.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { InputError } from '#lib/errors/input.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { InvalidPlatformError, InvalidReferenceError } from '#lib/oci/input-errors.ts';
import { CustomSecretError, SecretHostMismatchError } from '#lib/registries/errors.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { makeSecretRow, makeWorkspace } from './workspace.ts';

let database: TestDatabase;
let scope: Scope;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  await prisma().build.deleteMany();
  scope = await makeWorkspace();
});

const input = { reference: 'ubuntu', platform: 'linux/x86_64', secretName: null };
const hubSecret = { name: 'hub', type: 'docker_hub', host: 'docker.io' } as const;
const workerId = '00000000-0000-4000-8000-000000000001';

describe('starting a build', () => {
  test('normalises what was typed and tells the page the same', async () => {
    const { number } = await startBuild({ scope, input });
    const { head, view, tail } = await getBuild({ scope, number });
    expect(head).toMatchObject({
      number: 1,
      reference: 'docker.io/library/ubuntu:latest',
      platform: 'linux/amd64',
      requesterName: 'Ines Okafor',
      trigger: 'manual',
      secret: null,
    });
    expect(view).toMatchObject({ state: 'queued', head: 1, logLines: 0 });
    expect(tail).toEqual([]);
  });

  test.each([
    ['a reference that is none', { ...input, reference: 'Not A Reference' }, InvalidReferenceError],
    ['a platform that is none', { ...input, platform: 'amd64' }, InvalidPlatformError],
    ['a secret that does not exist', { ...input, secretName: 'nobody' }, InputError],
    ['a build to repeat that does not exist', { ...input, rerunOf: 99 }, NotFoundError],
  ])('refuses %s, and no number is spent', async (_, wrong, error) => {
    await expect(startBuild({ scope, input: wrong })).rejects.toThrow(error);
    expect((await startBuild({ scope, input })).number).toBe(1);
  });

  test('refuses a secret of another host, of build steps, one that was refused, and one of another workspace', async () => {
    await makeSecretRow(scope, hubSecret);
    await makeSecretRow(scope, { name: 'steps', type: 'custom', host: null });
    await makeSecretRow(scope, { ...hubSecret, name: 'broken', state: 'refused' });
    await makeSecretRow(await makeWorkspace(), { ...hubSecret, name: 'theirs' });
    const start = (reference: string, secretName: string) =>
      startBuild({ scope, input: { ...input, reference, secretName } });
    await expect(start('ghcr.io/team/app:1', 'hub')).rejects.toThrow(SecretHostMismatchError);
    await expect(start('team/app:1', 'steps')).rejects.toThrow(CustomSecretError);
    await expect(start('team/app:1', 'broken')).rejects.toThrow(InputError);
    await expect(start('team/app:1', 'theirs')).rejects.toThrow(InputError);
    expect(await prisma().build.count({ where: { workspaceId: scope.workspaceId } })).toBe(0);
  });

  test('keeps which secret and version it used, also after the secret is gone', async () => {
    const { id } = await makeSecretRow(scope, { ...hubSecret, state: 'pending' });
    const { number } = await startBuild({ scope, input: { ...input, secretName: 'hub' } });
    expect((await getBuild({ scope, number })).head.secret).toEqual({ id, name: 'hub', version: 1 });
    await prisma().secret.delete({ where: { id } });
    expect((await getBuild({ scope, number })).head.secret).toEqual({ id: null, name: 'hub', version: 1 });
  });

  test('says how it came to its secret, whatever the browser thinks', async () => {
    const why = async (asked: Partial<Parameters<typeof startBuild>[0]['input']>) => {
      const { number } = await startBuild({ scope, input: { ...input, reference: 'acme/app:1', ...asked } });
      return (await getBuild({ scope, number })).head.secretWhy;
    };
    expect(await why({})).toBe('Proposed: no secret is for docker.io');
    await makeSecretRow(scope, { ...hubSecret, name: 'all' });
    await makeSecretRow(scope, { ...hubSecret, name: 'acme', repositories: ['acme/*'] });
    await makeSecretRow(scope, { name: 'steps', type: 'custom', host: null });
    await makeSecretRow(await makeWorkspace(), { ...hubSecret, name: 'theirs', repositories: ['acme/app'] });
    expect(await why({ secretName: 'acme' })).toBe('Proposed: acme/* is the closest pattern');
    expect(await why({ secretName: 'all' })).toBe('Chosen by Ines Okafor');
    expect(await why({ secretName: null })).toBe('Chosen by Ines Okafor');
    expect(await why({ reference: 'python', secretName: 'all' })).toBe(
      'Proposed: the only one for all of docker.io',
    );
    expect(await why({ secretName: 'all', rerunOf: 3 })).toBe('As in build #3');
    expect(await why({ secretName: 'acme', rerunOf: 3 })).toBe('Proposed: acme/* is the closest pattern');
  });

  test('repeats another build by number', async () => {
    const first = await startBuild({ scope, input });
    const second = await startBuild({ scope, input: { ...input, rerunOf: first.number } });
    const { head } = await getBuild({ scope, number: second.number });
    expect(head).toMatchObject({ trigger: 'rerun', rerunOf: 1 });
  });

  test.each([
    ['as it was', {}, 'trainer'],
    ['written in short', { reference: 'debian:12', platform: 'linux/x86_64' }, 'trainer'],
    ['on another base', { reference: 'debian:13' }, undefined],
    ['for another platform', { platform: 'linux/arm64' }, undefined],
    ['with other steps', { steps: [{ kind: 'env', variables: { A: '1' } }] as const }, undefined],
  ])('repeats the build of an image %s as a build of %s', async (_, change, image) => {
    const repeated = { ...input, reference: 'docker.io/library/debian:12' };
    const { number } = await startBuild({ scope, input: repeated });
    await prisma().build.updateMany({
      where: { workspaceId: scope.workspaceId, number },
      data: { imageName: 'trainer', imageRevision: 1 },
    });
    const { steps, ...rest } = { steps: undefined, ...change };
    const changed = { ...repeated, ...rest, ...(steps && { steps: [...steps] }), rerunOf: number };
    const again = await startBuild({ scope, input: startBuildSchema.parse(changed) });
    expect((await getBuild({ scope, number: again.number })).head.image?.name).toBe(image);
  });
});

describe('cancelling', () => {
  test('ends a build that waits at once', async () => {
    const { number } = await startBuild({ scope, input });
    await requestCancel({ scope, number });
    const { view } = await getBuild({ scope, number });
    expect(view).toMatchObject({ state: 'cancelled', cause: 'Cancelled by Ines Okafor' });
    expect(view.stages.every(({ state }) => state === 'not_reached')).toBe(true);
    expect(await claimBuild({ workerId })).toBeNull();
    await expect(requestCancel({ scope, number })).rejects.toThrow(BuildEndedError);
  });

  test('tells the worker and the page of one that runs who asked first', async () => {
    const { number } = await startBuild({ scope, input });
    const attempt = await claimBuild({ workerId });
    if (attempt === null) throw new Error('nothing to claim');
    expect(await renewLease(attempt)).toEqual({ cancelRequestedBy: null });
    expect((await getBuild({ scope, number })).cancelRequestedBy).toBeNull();
    await requestCancel({ scope, number });
    await requestCancel({ scope: { ...scope, userName: 'Ben' }, number });
    expect(await renewLease(attempt)).toEqual({ cancelRequestedBy: 'Ines Okafor' });
    expect((await getBuild({ scope, number })).cancelRequestedBy).toBe('Ines Okafor');
  });
});

test('another workspace’s build does not exist', async () => {
  const { number } = await startBuild({ scope, input });
  const other = { scope: await makeWorkspace(), number };
  for (const read of [
    () => getBuild(other),
    () => findBuild(other),
    () => requestCancel(other),
    () => readLog({ ...other, fromLine: 1, limit: 1 }),
    () => searchLog({ ...other, query: 'a' }),
    () => downloadLog(other),
  ]) {
    await expect(read()).rejects.toThrow(NotFoundError);
  }
  expect((await listBuilds({ scope: other.scope, limit: 10 })).rows).toEqual([]);
});
