import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '#tests/support/aws-endpoint.ts';
import { pullPolicy } from '#tests/support/aws-iam.ts';
import { spawnBound } from '#tests/support/bound-process.ts';
import { pushImage } from '#tests/support/images.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';

const password = 'correct-horse-battery';

let registry: TestRegistry;
let aws: AwsEndpoint;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-doctor-'));
  registry = await startRegistry({ auth: 'htpasswd', username: 'ines', password });
  aws = await startAwsEndpoint({ registry });
  aws.repositories.add('ml/app');
  await pushImage({ registry, repository: 'ml/app', tag: '1', layers: [20_000] });
  const open = { plainHttp: true, allowPrivate: true };
  const registries = { [registry.host]: open, ...aws.registries };
  await writeFile(path.join(folder, 'registries.json'), JSON.stringify({ registries }));
});
afterAll(async () => {
  await aws?.stop();
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('slipway doctor', () => {
  test('prints each check, and ends with 0 when the pull will work', async () => {
    const args = [`${registry.host}/ml/app:1`, '--username', 'ines', '--password-stdin'];
    const { code, stdout, stderr } = await doctor(args, `${password}\n`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n').map((line) => line.replace(/ +\d+ ms {2}/, ' N ms  '));
    expect(lines).toEqual([
      `passed   Name N ms  ${registry.host}/ml/app:1`,
      'passed   DNS N ms  127.0.0.1 is an address',
      'skipped  TLS N ms  It answers over plain http, which registries.json allows',
      'passed   Sign-in N ms  Signed in as ines',
      'passed   Permission N ms  May read ml/app, layers included',
      expect.stringMatching(/^passed {3}Manifest N ms {2}sha256:/),
      'passed   Platform N ms  linux/amd64 only',
      expect.stringMatching(/^passed {3}Size N ms {2}1 layer, /),
      `passed   Pulls left N ms  ${registry.host} names no pull limit`,
      '',
      'This pull will work. Not tested: TLS.',
      '',
    ]);
  });

  test('takes a key for ECR from a file, and prints the statement to add', async () => {
    const policy = pullPolicy([aws.arnOf('*')]).map((statement) => ({
      ...statement,
      Action: statement.Action.filter((action) => action !== 'ecr:GetDownloadUrlForLayer'),
    }));
    const file = path.join(folder, 'aws.json');
    await writeFile(file, JSON.stringify(aws.valuesOf(aws.addUser({ policy }))));
    const { code, stdout, stderr } = await doctor([`${aws.host}/ml/app:1`, '--secret-file', file]);
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    const statement = /IAM policy statement:\n\n(\{[\s\S]*?\n\})\n/.exec(stdout)?.[1];
    expect(JSON.parse(statement ?? '')).toMatchObject({ Effect: 'Allow', Resource: aws.arnOf('ml/app') });
    expect(stdout).toContain('This pull will not work: Permission failed.');
    for (const value of aws.handedOut) expect(stdout).not.toContain(value);
  });

  test.each([
    ['a wrong password', () => `${registry.host}/ml/app:1`, 'wrong', 3],
    ['a tag that does not exist', () => `${registry.host}/ml/app:2`, password, 4],
    ['a blocked host', () => '127.0.0.2/ml/app:1', password, 6],
    ['no reference', () => 'ML/App', password, 2],
  ])('ends with the code of what failed: %s', async (_, reference, input, expected) => {
    const args = [reference(), '--username', 'ines', '--password-stdin', '--json'];
    const { code, stdout, stderr } = await doctor(args, input);
    expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
    const objects = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(objects.filter(({ kind }) => kind === 'check')).toHaveLength(9);
    expect(objects.at(-1)).toMatchObject({ kind: 'ended', isPassed: false });
  });

  test('says in JSON, too, that a file cannot be used', async () => {
    const file = path.join(folder, 'none');
    const { code, stdout } = await doctor([`${registry.host}/a`, '--secret-file', file, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'error', exitCode: 2 });
  });
});

async function doctor(args: readonly string[], input = '') {
  const main = path.resolve(import.meta.dirname, '../../../lib/cli/main.ts');
  const child = spawnBound(process.execPath, [main, 'doctor', ...args], {
    stdio: 'pipe',
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      SLIPWAY_REGISTRIES: path.join(folder, 'registries.json'),
      ...aws.environment,
    },
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text) => {
      output[name] += text;
    });
  }
  // It may end without reading it.
  child.stdin?.on('error', () => undefined).end(input);
  const [code] = await once(child, 'close');
  return { code, ...output };
}
