import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from '#tests/support/bound-process.ts';
import { pushImage, pushIndex } from '#tests/support/images.ts';
import { startRegistry } from '#tests/support/registry.ts';

/** The counterparts themselves: what they hold must be what real tools read, and what they guard must be closed. */
describe.each(['none', 'htpasswd', 'token'] as const)('a registry with auth %s', async (auth) => {
  const registry = await startRegistry({ auth });
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-support-'));
  afterAll(async () => {
    await registry.stop();
    await rm(folder, { recursive: true });
  });
  const credentials = auth === 'none' ? [] : ['--src-creds', `${registry.username}:${registry.password}`];

  it.each(['oci', 'docker'] as const)(
    'serves a %s image that skopeo copies and validates',
    async (format) => {
      const repository = `team/${format}`;
      const image = await pushImage({ registry, repository, tag: '1', layers: [1000, 70_000], format });
      await pushIndex({ registry, repository, tag: 'all', images: [image], format });
      const layout = path.join(folder, format);
      for (const tag of ['1', 'all']) {
        const source = `docker://${registry.host}/${repository}:${tag}`;
        await runProgram('skopeo', [
          'copy',
          '-q',
          '--src-tls-verify=false',
          ...credentials,
          source,
          `oci:${layout}:${tag}`,
        ]);
      }
      await runProgram('oci-image-tool', ['validate', '--type', 'image', '--ref', 'name=1', layout]);
    },
  );

  it('challenges whoever does not sign in, and only there', async () => {
    const response = await fetch(`${registry.url}/v2/`);
    const expected = { none: [200, null], htpasswd: [401, 'Basic'], token: [401, 'Bearer'] }[auth];
    const scheme = response.headers.get('www-authenticate')?.split(' ')[0] ?? null;
    expect([response.status, scheme]).toEqual(expected);
  });
});

it('lets a token expire when it says so', async () => {
  // Long enough for a busy machine to ask once within it.
  await using registry = await startRegistry({ auth: 'token', tokenSeconds: 15 });
  const { tokenServer, username, password } = registry;
  if (tokenServer === undefined) throw new Error('no token server');
  const query = `service=${tokenServer.service}&scope=repository:team/a:pull`;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = await fetch(`${tokenServer.realm}?${query}`, { headers: { authorization } });
  const { token } = (await answer.json()) as { token: string };
  const statusOf = async () =>
    (await fetch(`${registry.url}/v2/team/a/tags/list`, { headers: { authorization: `Bearer ${token}` } }))
      .status;
  expect(await statusOf()).toBe(404);
  await expect.poll(statusOf, { timeout: 60_000, interval: 250 }).toBe(401);
});

it('hands out tokens that open nothing to strangers, and none for a wrong password', async () => {
  await using registry = await startRegistry({ auth: 'token', publicRepositories: ['open/a'] });
  const { tokenServer } = registry;
  if (tokenServer === undefined) throw new Error('no token server');
  const statusFor = async (repository: string) => {
    const query = `service=${tokenServer.service}&scope=repository:${repository}:pull`;
    const { token } = (await (await fetch(`${tokenServer.realm}?${query}`)).json()) as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${registry.url}/v2/${repository}/tags/list`, { headers })).status;
  };
  expect(await statusFor('open/a')).toBe(404);
  expect(await statusFor('team/a')).toBe(401);
  const authorization = `Basic ${Buffer.from(`${registry.username}:wrong`).toString('base64')}`;
  const refused = await fetch(`${tokenServer.realm}?service=${tokenServer.service}`, {
    headers: { authorization },
  });
  expect(refused.status).toBe(401);
  const lenient = await fetch(`${tokenServer.realm}?service=other`);
  expect(lenient.status).toBe(400);
});
