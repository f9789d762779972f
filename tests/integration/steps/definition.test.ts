import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getBuild } from '#lib/builds/data.ts';
import { startBuild } from '#lib/builds/mutations.ts';
import { closeDatabase, configureDatabase } from '#lib/db/client.ts';
import { builtStepSchema, type Step, type StepInput } from '#lib/images/schema.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { busyboxLayer } from '#tests/support/busybox-layer.ts';
import { bareDebianLayer, pythonAloneLayer } from '#tests/support/debian-image.ts';
import { startBuildkit } from '#tests/support/engines.ts';
import { pushImage } from '#tests/support/images.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { uploadText } from '#tests/support/uploads.ts';
import { startWheelIndex, type WheelIndex } from '#tests/support/wheel-index.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import { openYard, reached, registryHost, type Yard } from '../worker/yard.ts';
import { wholeLog } from './step-yard.ts';

let database: TestDatabase;
let registry: TestRegistry;
let wheels: WheelIndex;
let yard: Yard;
let scope: Scope;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  registry = await startRegistry({ auth: 'none' });
  wheels = await startWheelIndex({ alpha: ['1.0'] });
  yard = await openYard({ database, endpoint: registry.url });
  scope = await makeWorkspace();
  await pushImage({ registry, repository: 'team/bare', tag: '12', layers: [await bareDebianLayer()] });
  await pushPython('one');
  await startWorker({});
});
afterAll(async () => {
  await yard?.close();
  await wheels?.stop();
  await registry?.stop();
  await closeDatabase();
  await database?.drop();
});

async function startWorker(environment: Readonly<Record<string, string>>): Promise<void> {
  await yard.startWorker({
    env: {
      ...environment,
      SLIPWAY_STEP_NETWORK: 'host',
      SLIPWAY_PYTHON_IMAGE: `${registryHost}/library/python:{version}-slim`,
    },
  });
}

/** An image of Python alone, of which each `label` makes another. */
async function pushPython(label: string): Promise<void> {
  await pushImage({
    registry,
    repository: 'library/python',
    tag: '3.11-slim',
    layers: [await pythonAloneLayer()],
    config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Labels: { label } },
  });
}

type Input = StepInput | { readonly kind: 'add_python'; readonly version: string };

async function build(steps: readonly Input[], reference = `${registryHost}/team/bare:12`) {
  const { number } = await startBuild({
    scope,
    input: {
      reference,
      platform: 'linux/amd64',
      secretName: null,
      steps: steps.map((step) => builtStepSchema.parse(step)),
    },
  });
  await reached(scope, number, ['succeeded', 'failed', 'cancelled']);
  const { view } = await getBuild({ scope, number });
  return { number, view, log: await wholeLog({ scope, number }) };
}

type Ended = Awaited<ReturnType<typeof build>>;

describe('add_python', () => {
  const steps = (): Input[] => [
    { kind: 'add_python', version: '3.11' },
    { kind: 'pip_install', packages: ['alpha'], index_url: wheels.url },
    {
      kind: 'run_commands',
      commands: [
        'python -c "import alpha, ssl, sqlite3, ctypes, zlib, lzma, bz2; print(alpha.version, ssl.OPENSSL_VERSION)"',
        'pip --version',
      ],
    },
  ];

  function expectPython({ view, log }: Pick<Ended, 'view' | 'log'>): void {
    expect(view.error, log).toBeNull();
    expect(view.steps.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    expect(log).toMatch(/\n1\.0 OpenSSL 3\./);
    expect(log).toContain('pip 23');
    expect(log).toMatch(/COPY --from=python \/usr\/lib\/x86_64-linux-gnu\/libssl\.so\.3 /);
  }

  test('puts a Python with its libraries into a base that has none of them', async () => {
    const { view, log } = await build(steps());
    expectPython({ view, log });
    expect(log).toContain(`Python 3.11: ${registryHost}/library/python:3.11-slim for linux/amd64 is sha256:`);
    expect(view.facts.python).toMatchObject({ version: '3.11' });
  });

  test('is a hit when nothing moved, and costs no layer', async () => {
    const { view, log } = await build(steps());
    expect(view.steps.map(({ state }) => state)).toEqual(['cached', 'cached', 'cached']);
    expect(log).not.toContain('of Python');
  });

  test('runs again when its image moved, and says from what to what', async () => {
    await pushPython('two');
    const { view, log } = await build(steps().slice(0, 1));
    expect(
      view.steps.map(({ state }) => state),
      log,
    ).toEqual(['done']);
    expect(view.steps[0]?.why).toMatch(
      /^Python 3\.11 moved \(registry\.test:5000\/library\/python:3\.11-slim: [0-9a-f]{4} -> [0-9a-f]{4}\)$/,
    );
  });

  test('does the same on BuildKit', async () => {
    const engine = await startBuildkit();
    try {
      await pushPython('three');
      await yard.stopWorkers();
      await startWorker(engine.environment);
      expectPython(await build(steps()));
    } finally {
      await yard.stopWorkers();
      await engine.stop();
      await startWorker({});
    }
  });

  test('names the image that there is not', async () => {
    const { view } = await build([{ kind: 'add_python', version: '3.9' }]);
    expect(view.error).toMatchObject({
      code: 'python_image',
      what: `Python 3.9 cannot be had from ${registryHost}/library/python:3.9-slim`,
    });
  });

  test('refuses a base with no C library, before anything runs', async () => {
    const layers = [await busyboxLayer()];
    await pushImage({ registry, repository: 'team/busybox', tag: '1', layers });
    const { view } = await build(steps(), `${registryHost}/team/busybox:1`);
    expect(view.error).toMatchObject({ code: 'python_misfit' });
    expect(view.error?.why).toContain('The base has no C library');
  });
});

describe('files', () => {
  const upload = (content: string, name = 'app.py', owner = scope) =>
    uploadText({ scope: owner, name, content });
  const shown: StepInput = {
    kind: 'run_commands',
    commands: ['cat /srv/app.py', 'stat -c "%a %u %g" /srv/app.py'],
  };
  const add = async (content: string): Promise<StepInput> => ({
    kind: 'add_file',
    path: '/srv/app.py',
    mode: '0750',
    ...(await upload(content)),
  });

  test('lie in the image with their content and mode, owned by root', async () => {
    const { view, log } = await build([await add('print(1)\n'), shown]);
    expect(view.error, log).toBeNull();
    expect(log).toContain('\nprint(1)\n750 0 0\n');
    expect(inResult(view.facts.resultDigest, 'srv/app.py')).toBe('print(1)\n');
  });

  test('are a hit while they are the same, under whatever name', async () => {
    const renamed = { ...(await add('print(1)\n')), name: 'other.py' } as Step;
    const { view } = await build([renamed, shown]);
    expect(view.steps.map(({ state }) => state)).toEqual(['cached', 'cached']);
  });

  test('with other content are run again, and say so', async () => {
    const { view } = await build([await add('print(2)\n'), shown]);
    expect(view.steps[0]?.why).toMatch(/^Step 1: app\.py has other content \([0-9a-f]{4} -> [0-9a-f]{4}\)$/);
  });

  test('are copied by lines of a Dockerfile, whatever they are called', async () => {
    const files = [await upload('one', 'a b.txt'), await upload('*', '.dockerignore')];
    const { view, log } = await build([
      {
        kind: 'dockerfile_commands',
        commands: ['COPY ["a b.txt", ".dockerignore", "/data/"]', 'RUN ls -A /data'],
        files,
      },
    ]);
    expect(view.error, log).toBeNull();
    expect(log).toContain('\n.dockerignore\na b.txt\n');
  });

  test('of several megabytes arrive whole', async () => {
    const content = Buffer.alloc(3_500_000, 'slipway ').toString();
    const { view, log } = await build([
      { kind: 'add_file', path: '/data/big', ...(await upload(content, 'big')) },
      { kind: 'run_commands', commands: ['sha256sum /data/big'] },
    ]);
    expect(view.error, log).toBeNull();
    const { file } = await upload(content, 'big');
    expect(log).toContain(`${file.replace('sha256:', '')}  /data/big`);
  });

  test('of another workspace are not here, even by their digest', async () => {
    const other = await makeWorkspace();
    const theirs = await upload('not yours', 'theirs.txt', other);
    await expect(build([{ kind: 'add_file', path: '/srv/theirs', ...theirs }])).rejects.toMatchObject({
      code: 'input',
      advice: { what: 'The file theirs.txt is not here' },
    });
  });
});

/** A file of an image in the store, out of the topmost layer that has it. */
function inResult(digest: string | undefined, path: string): string {
  const blob = (of: string) => `${yard.dataFolder}/store/blobs/sha256/${of.replace('sha256:', '')}`;
  const { layers } = JSON.parse(execFileSync('cat', [blob(digest ?? '')]).toString()) as {
    readonly layers: readonly { readonly digest: string }[];
  };
  for (const layer of layers.toReversed()) {
    try {
      return execFileSync('tar', ['xzOf', blob(layer.digest), path], {
        stdio: ['ignore', 'pipe', 'ignore'],
      }).toString();
    } catch {
      // Not in this one.
    }
  }
  return '';
}
