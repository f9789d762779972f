import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '#tests/support/aws-endpoint.ts';
import { type Key, pullPolicy } from '#tests/support/aws-iam.ts';
import { runProgram } from '#tests/support/bound-process.ts';
import { type PushedImage, pushImage } from '#tests/support/images.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { createPullBench, type PullBench } from '#tests/support/slipway-pull.ts';

/** `slipway pull` from ECR with the keys of a file, before a registry that hands its layers out elsewhere. */
let registry: TestRegistry;
let aws: AwsEndpoint;
let bench: PullBench;
let image: PushedImage;
let key: Key;

beforeAll(async () => {
  registry = await startRegistry({ auth: 'none' });
  aws = await startAwsEndpoint({ registry });
  bench = await createPullBench({ registries: aws.registries, environment: aws.environment });
  image = await pushImage({ registry, repository: 'team/app', tag: '1', layers: [200_000, 9_000, 400] });
  aws.repositories.add('team/app');
  key = aws.addUser();
});
afterAll(async () => {
  await bench?.stop();
  await aws?.stop();
  await registry?.stop();
});

async function pull(values: Readonly<Record<string, string>>, to: string, reference = 'team/app:1') {
  const file = bench.folder(`${to}.secret`);
  await writeFile(
    file,
    Object.entries(values)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(''),
  );
  return bench.run([`${aws.host}/${reference}`, '--to', bench.folder(to), '--secret-file', file]);
}

describe('with a key', () => {
  test('it brings what other tools read, and shows no credentials to the place that layers come from', async () => {
    const before = aws.front.blobRequests.length;
    const { code, stdout, stderr } = await pull(aws.valuesOf(key), 'key');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Pulled ${image.digest}`);
    const place = `oci:${bench.folder('key')}:1`;
    const { Layers } = JSON.parse(await runProgram('skopeo', ['inspect', place]));
    expect(Layers).toEqual(image.layers.map(({ digest }) => digest));
    const fetched = aws.front.blobRequests.slice(before);
    expect(fetched).toHaveLength(4);
    expect(fetched.map(({ authorization, status }) => [authorization, status])).toEqual(
      fetched.map(() => [undefined, 200]),
    );
    const signed = aws.front.registryRequests.flatMap(({ authorization }) => authorization ?? []);
    expect(signed.every((header) => header.startsWith('Basic '))).toBe(true);
  });

  test.each([
    ['temporary, with its session token', () => aws.valuesOf(aws.addSession(key))],
    ['of another region in the secret', () => aws.valuesOf(key, { region: 'us-east-1' })],
    [
      'through a role with an external ID',
      () =>
        aws.valuesOf(key, {
          role: aws.addRole({ name: 'pull', trusts: [key], externalId: 'halden-1' }),
          externalId: 'halden-1',
        }),
    ],
  ])('%s', async (what, values) => {
    const { code, stderr } = await pull(values(), `ok ${what}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('no token, minted or saved, is left in what the pull wrote', async () => {
    const role = aws.addRole({ name: 'traced', trusts: [key] });
    const { stdout, stderr } = await pull(aws.valuesOf(key, { role }), 'traced');
    const written = await contentsOf(bench.folder('traced'));
    for (const value of [...aws.handedOut, key.secretAccessKey]) {
      for (const form of [value, Buffer.from(`AWS:${value}`).toString('base64')]) {
        expect(stdout + stderr).not.toContain(form);
        expect(written.includes(form)).toBe(false);
      }
    }
    expect(aws.handedOut.length).toBeGreaterThan(0);
  });
});

describe('what is refused is told with what to add', () => {
  test('a permission that lacks', async () => {
    const reader = aws.addUser({ name: 'reader', policy: pullPolicy([aws.arnOf('other/*')]) });
    const { code, stderr } = await pull(aws.valuesOf(reader), 'denied');
    expect(code).toBe(3);
    expect(stderr).toContain(
      'user reader may not read team/app: ecr:BatchGetImage is missing in its policies.',
    );
    const statement = stderr.slice(stderr.indexOf('{'));
    expect(stderr).toContain('\n\nIAM policy statement:\n\n{');
    expect(JSON.parse(statement)).toMatchObject({ Effect: 'Allow', Resource: aws.arnOf('team/app') });
  });

  test('and is enough: with the statement added, the pull works', async () => {
    const policy = [{ Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: ['*'] } as const];
    const before = await pull(aws.valuesOf(aws.addUser({ name: 'narrow', policy })), 'narrow');
    const { Effect, Action, Resource } = JSON.parse(before.stderr.slice(before.stderr.indexOf('{')));
    const wider = aws.addUser({
      name: 'narrow',
      policy: [...policy, { Effect, Action, Resource: [Resource] }],
    });
    expect((await pull(aws.valuesOf(wider), 'narrow')).code).toBe(0);
  });

  test.each([
    [
      'a repository that is not there',
      'team/none:1',
      4,
      /There is no repository team\/none in this registry/,
    ],
    ['a tag that is not there', 'team/app:none', 4, /has no tag none/],
  ])('%s', async (what, reference, exitCode, words) => {
    const { code, stderr } = await pull(aws.valuesOf(key), `failed ${what}`, reference);
    expect({ code, stderr }).toEqual({ code: exitCode, stderr: expect.stringMatching(words) });
  });

  test('a key that was deleted, without its secret half', async () => {
    const gone = aws.addUser({ name: 'gone' });
    aws.removeKey(gone);
    const { code, stderr } = await pull(aws.valuesOf(gone), 'gone');
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining('AWS does not know this access key'),
    });
    expect(stderr).not.toContain(gone.secretAccessKey);
  });

  test('no secret at all', async () => {
    const { code, stderr } = await bench.run([`${aws.host}/team/app:1`, '--to', bench.folder('none')]);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining('This ECR registry is private'),
    });
  });
});

/** Names and bytes of all files of a folder, in one text. */
async function contentsOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}
