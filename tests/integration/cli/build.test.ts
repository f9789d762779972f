import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '#tests/support/bound-process.ts';
import { busyboxLayer } from '#tests/support/busybox-layer.ts';
import { pushImage } from '#tests/support/images.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { createPullBench, type PullBench } from '#tests/support/slipway-pull.ts';

let registry: TestRegistry;
let bench: PullBench;
let folder: string;

const secretValue = 'npm_0123456789abcdefghijklmnop';

beforeAll(async () => {
  registry = await startRegistry({ auth: 'htpasswd' });
  await pushImage({ registry, repository: 'team/tools', tag: '1', layers: [await busyboxLayer()] });
  bench = await createPullBench({
    hosts: [registry.host],
    environment: { SLIPWAY_STEP_NETWORK: 'none' },
  });
  folder = bench.folder('project');
  await mkdir(path.join(folder, 'src'), { recursive: true });
  await writeFile(path.join(folder, 'src/app.sh'), 'echo one\n');
  const { username: REGISTRY_USERNAME, password: REGISTRY_PASSWORD } = registry;
  await writeFile(
    path.join(folder, 'registry.json'),
    JSON.stringify({ REGISTRY_USERNAME, REGISTRY_PASSWORD }),
  );
  await writeFile(path.join(folder, 'npm.env'), `NPM_TOKEN=${secretValue}\n`);
});
afterAll(async () => {
  await bench?.stop();
  await registry?.stop();
});

const definition = () => ({
  $schema: 'https://slipway.example.com/api/schemas/image.json',
  source: 'from_registry',
  reference: `${registry.host}/team/tools:1`,
  secret: 'team-registry',
  steps: [
    { kind: 'add_file', path: '/srv/app.sh', name: 'src/app.sh', mode: '0755' },
    {
      kind: 'run_commands',
      commands: ['sh /srv/app.sh', 'echo "$NPM_TOKEN" && test -n "$NPM_TOKEN" && echo $(id) > /srv/who'],
      secrets: ['npm'],
    },
  ],
});

async function build(value: unknown, more: readonly string[] = signIn()) {
  await writeFile(path.join(folder, 'image.json'), JSON.stringify(value));
  const to = path.join(folder, 'out');
  return bench.run(['-f', path.join(folder, 'image.json'), '--to', to, ...more], { command: 'build' });
}

function signIn(): readonly string[] {
  return [
    ...['--secret-file', path.join(folder, 'registry.json')],
    ...['--step-secret', `npm=${path.join(folder, 'npm.env')}`],
  ];
}

describe('slipway build', () => {
  test('makes a layout that other tools read', async () => {
    const end = await build(definition());
    expect(end.code, end.stderr).toBe(0);
    expect(end.stderr).toContain('\none\n');
    const place = path.join(folder, 'out');
    expect(end.stdout).toMatch(new RegExp(`^oci:${place}:latest\nsha256:[0-9a-f]{64}\n$`));
    const inspected = JSON.parse(await runProgram('skopeo', ['inspect', `oci:${place}:latest`]));
    expect(inspected.Layers).toHaveLength(3);
    await runProgram('oci-image-tool', ['validate', '--type', 'image', '--ref', 'name=latest', place]);
    const bundle = path.join(folder, 'bundle');
    await runProgram('umoci', ['unpack', '--image', `${place}:latest`, bundle]);
    const rootfs = path.join(bundle, 'rootfs');
    expect(await runProgram('stat', ['-c', '%a %u', `${rootfs}/srv/app.sh`])).toBe('755 0\n');
    await rm(bundle, { recursive: true });
    expect((await readdir(place)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test('leaves no secret in anything that it wrote, and no engine behind', async () => {
    const cache = path.join(folder, 'out.cache');
    const found = execFileSync('sh', [
      '-c',
      `grep -rlF "$1" "$2/out" "$2/out.cache" || true
       for blob in "$2"/out/blobs/sha256/*; do gunzip -c "$blob" 2>/dev/null | grep -qF "$1" && echo "$blob"; done; true`,
      'sh',
      secretValue,
      folder,
    ]);
    expect(found.toString()).toBe('');
    expect((await readdir(cache)).sort()).toEqual(['builds', 'results', 'store']);
  });

  test('runs nothing again when nothing changed', async () => {
    const end = await build(definition());
    expect(end.code, end.stderr).toBe(0);
    expect(end.stderr).toContain('2 steps, 2 from the cache');
  });

  test('takes a definition that begins with a mark of byte order', async () => {
    await writeFile(path.join(folder, 'marked.json'), `\uFEFF${JSON.stringify(definition())}`);
    const to = ['--to', path.join(folder, 'marked'), '--cache', path.join(folder, 'out.cache')];
    const end = await bench.run(['-f', path.join(folder, 'marked.json'), ...to, ...signIn()], {
      command: 'build',
    });
    expect(end.code, end.stderr).toBe(0);
    expect(end.stderr).toContain('2 steps, 2 from the cache');
  });

  test('says what changed of a file', async () => {
    await writeFile(path.join(folder, 'src/app.sh'), 'echo two\n');
    const end = await build(definition());
    expect(end.code, end.stderr).toBe(0);
    expect(end.stderr).toMatch(/Step 1: src\/app\.sh has other content \([0-9a-f]{4} -> [0-9a-f]{4}\)/);
    expect(end.stderr).toContain('\ntwo\n');
    expect(end.stderr).not.toContain(secretValue);
  });

  test('ends a failed step with its words and its exit code', async () => {
    const failing = {
      ...definition(),
      steps: [{ kind: 'run_commands', commands: ['echo last words; exit 3'] }],
    };
    const end = await build(failing, signIn().slice(0, 2));
    expect(end.code).toBe(2);
    expect(end.stderr).toContain('slipway: A command ended with exit code 3.');
    expect(end.stderr).toContain('last words');
  });

  test.each([
    ['people', []],
    ['programs', ['--json']],
  ])('tells %s of a failed step without the values that it printed', async (_, more) => {
    const printing = {
      kind: 'run_commands',
      commands: ['echo "token is $NPM_TOKEN"; exit 7'],
      secrets: ['npm'],
    };
    const end = await build({ ...definition(), steps: [printing] }, [...signIn(), ...more]);
    expect(end.code, end.stderr).toBe(2);
    expect(end.stdout + end.stderr).toContain('Its last words: token is ***');
    expect(end.stdout + end.stderr).not.toContain(secretValue);
  });

  test('tells programs its events, and its failure once more', async () => {
    const end = await build({ ...definition(), steps: [] }, [...signIn().slice(0, 2), '--json']);
    expect(end.code, end.stderr).toBe(0);
    const lines = end.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ kind: 'done', digest: expect.stringMatching(/^sha256:/) });
  });
});

describe('a wrong definition', () => {
  test.each<[string, () => unknown, readonly string[] | undefined, string]>([
    [
      'says where it is wrong, and what is expected',
      () => ({ ...definition(), steps: [{ kind: 'pip_install', packages: [3] }], platform: 7 }),
      undefined,
      'steps[0].packages[0]: A string is expected here.',
    ],
    [
      'names a file that is not beside it',
      () => ({ ...definition(), steps: [{ kind: 'add_file', path: '/a', name: 'gone.txt' }] }),
      undefined,
      'gone.txt cannot be added',
    ],
    [
      'needs the values of the base’s secret',
      () => ({
        ...definition(),
        steps: [
          {
            kind: 'add_file',
            path: '/a',
            name: 'src/app.sh',
            file: `sha256:${'0'.repeat(64)}`,
            size_bytes: 1,
          },
        ],
      }),
      [],
      'There are no values for the secret team-registry',
    ],
    ['needs the values of its steps’ secrets', definition, [], 'There are no values for the secret npm'],
  ])('%s', async (_, value, more, words) => {
    const end = await build(value(), more ?? []);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain(words);
    expect(existsSync(path.join(folder, 'wrong'))).toBe(false);
  });

  test('of a file that changed is refused', async () => {
    const file = { name: 'src/app.sh', file: `sha256:${'0'.repeat(64)}`, size_bytes: 1 };
    const value = { ...definition(), steps: [{ kind: 'add_file', path: '/a', ...file }] };
    const end = await build(value, signIn().slice(0, 2));
    expect(end.code).toBe(2);
    expect(end.stderr).toContain('src/app.sh cannot be added. The definition says');
  });
});
