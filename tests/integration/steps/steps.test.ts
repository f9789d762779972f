import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareBuilds } from '#lib/builds/compare.ts';
import { requestCancel, startBuild } from '#lib/builds/mutations.ts';
import { readCompared } from '#lib/builds/read-comparison.ts';
import type { BuildHead, BuildView } from '#lib/builds/types.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { findContents } from '#lib/images/data.ts';
import { type StepInput, stepSchema } from '#lib/images/schema.ts';
import type { CachePolicy } from '#lib/images/step-plan.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { debianLayer } from '#tests/support/debian-image.ts';
import { type TestEngine, testEngines } from '#tests/support/engines.ts';
import { filesWith } from '#tests/support/files-with.ts';
import { pushImage } from '#tests/support/images.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { type RegistryProxy, startRegistryProxy } from '#tests/support/registry-proxy.ts';
import { startWheelIndex, type WheelIndex } from '#tests/support/wheel-index.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import { openYard, reached, registryHost, until, type Yard } from '../worker/yard.ts';
import { wholeLog } from './step-yard.ts';

const secretValue = 'hf_0123456789abcdefghijklmnop';

describe.each(testEngines)('$name', ({ start }) => {
  let engine: TestEngine;
  let proxy: RegistryProxy;
  let isRefusing = false;
  let database: TestDatabase;
  let registry: TestRegistry;
  let wheels: WheelIndex;
  let yard: Yard;
  let scope: Scope;

  beforeAll(async () => {
    engine = await start();
    database = await createTestDatabase();
    configureDatabase({ url: database.url });
    registry = await startRegistry({ auth: 'htpasswd' });
    proxy = await startRegistryProxy({
      target: registry.url,
      intercept: (_, response) => isRefusing && response.writeHead(503).end().headersSent,
    });
    wheels = await startWheelIndex({ alpha: ['1.0', '2.0'], beta: ['1.0'] });
    yard = await openYard({ database, endpoint: proxy.url });
    scope = await makeWorkspace();
    const { username, password } = registry;
    const values = { REGISTRY_HOST: registryHost, REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password };
    await yard.saveSecret({ scope, name: 'base', type: 'registry', values });
    await yard.saveSecret({ scope, name: 'hub', type: 'custom', values: { HF_TOKEN: secretValue } });
    await pushImage({ registry, repository: 'team/python', tag: '3', layers: [await debianLayer()] });
    // Packages come from this machine in these tests; that steps do not reach it otherwise has tests of its own.
    await yard.startWorker({ env: { ...engine.environment, SLIPWAY_STEP_NETWORK: 'host' } });
  });
  afterAll(async () => {
    await yard?.close();
    await wheels?.stop();
    await proxy?.stop();
    await registry?.stop();
    await closeDatabase();
    await database?.drop();
    await engine?.stop();
  });

  async function build(steps: readonly StepInput[], cache: CachePolicy = 'use') {
    const { number } = await startBuild({
      scope,
      input: {
        reference: `${registryHost}/team/python:3`,
        platform: 'linux/amd64',
        secretName: 'base',
        steps: steps.map((step) => stepSchema.parse(step)),
        cache,
      },
    });
    const { head, view } = await reached(scope, number, ['succeeded', 'failed', 'cancelled']);
    return { number, head, view, log: await logOf(number) };
  }

  const logOf = (number: number) => wholeLog({ scope, number });

  function timesOf(head: BuildHead, { startedAt, endedAt, stages }: BuildView): string {
    const took = (from: string | null, to: string | null) =>
      from === null || to === null ? 'none' : `${Date.parse(to) - Date.parse(from)} ms`;
    const each = stages.map(({ name, startedAt: from, endedAt: to }) => `${name} ${took(from, to)}`);
    return `${took(head.createdAt, endedAt)} in all, ${took(head.createdAt, startedAt)} queued, ${each.join(', ')}`;
  }

  describe('a build with steps', () => {
    const install = { kind: 'pip_install' as const, packages: ['alpha'] };
    const steps = (): StepInput[] => [
      { kind: 'env', variables: { GREETING: 'it’s "quoted" $HOME' } },
      { ...install, index_url: wheels.url },
      {
        kind: 'run_commands',
        commands: ['python -c "import alpha; print(alpha.version)"', 'echo "$GREETING"'],
      },
    ];

    test('runs them one after the other, and shows what they print', async () => {
      const { view, log } = await build(steps());
      expect(view.error).toBeNull();
      expect(view.steps.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
      expect(log).toContain('\n2.0\n');
      expect(log).toContain('\nit’s "quoted" $HOME\n');
      expect(view.facts.resultDigest).toMatch(/^sha256:/);
      expect(view.facts.resultDigest).not.toBe(view.facts.baseDigest);
    });

    test('knows what is in the image that it made', async () => {
      const { view, log } = await build(steps());
      const contents = await findContents({ scope, digest: view.facts.resultDigest ?? '' });
      expect(contents?.packages).toContainEqual({ kind: 'python', name: 'alpha', version: '2.0' });
      expect(contents?.packages.filter(({ kind }) => kind === 'debian').length).toBeGreaterThan(80);
      expect(view.facts.contents).toEqual({
        os: 'Debian GNU/Linux 12 (bookworm)',
        python: expect.stringMatching(/^3\.11\.\d+$/),
        packageCount: contents?.packages.length,
        unread: [],
      });
      expect(log).toMatch(/contents Debian GNU\/Linux 12 \(bookworm\), Python 3\.11\.\d+, \d+ packages/);
      const layers = view.facts.resultLayers ?? [];
      expect(layers[0]?.digest).toBe(view.layers[0]?.digest);
      const addedBytes = layers.slice(1).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      expect(view.steps.map(({ made }) => made?.buildNumber)).toEqual([1, 1, 1]);
      expect(view.steps.reduce((sum, { made }) => sum + (made?.addedBytes ?? 0), 0)).toBe(addedBytes);
    });

    test('and of a base that is only pulled', async () => {
      const { view } = await build([]);
      expect(view.facts.resultDigest).toBeUndefined();
      const contents = await findContents({ scope, digest: view.facts.baseDigest ?? '' });
      expect(contents?.packages).not.toContainEqual(expect.objectContaining({ name: 'alpha' }));
      expect(view.facts.contents?.packageCount).toBe(contents?.packages.length);
      const other = await makeWorkspace();
      expect(await findContents({ scope: other, digest: view.facts.baseDigest ?? '' })).toBeNull();
    });

    test('installs from Debian what apt_install names, and leaves no lists behind', async () => {
      const { view, log } = await build([
        { kind: 'apt_install', packages: ['tree'] },
        { kind: 'run_commands', commands: ['tree --version', 'test -z "$(ls /var/lib/apt/lists)"'] },
      ]);
      expect(view.error, log).toBeNull();
      const contents = await findContents({ scope, digest: view.facts.resultDigest ?? '' });
      const kind = 'debian';
      expect(contents?.packages).toContainEqual({ kind, name: 'tree', version: expect.any(String) });
    });

    test('runs nothing again when nothing changed', async () => {
      const asked = wheels.requests.length;
      const { view, head, log } = await build(steps());
      expect(view.steps.map(({ state }) => state)).toEqual(['cached', 'cached', 'cached']);
      expect(wheels.requests.length).toBe(asked);
      expect(view.facts.fetchedBytes).toBe(0);
      // Layers that were looked through are not read again, nor is what is in the image.
      expect(log).not.toContain('looked through');
      // For whoever reads the log of the tests: how long an unchanged build takes, with access to its base proved anew.
      console.info(`An unchanged build: ${timesOf(head, view)}`);
    });

    test('runs what comes after a change, and says what changed', async () => {
      const [env, , run] = steps();
      const { view } = await build([
        env as StepInput,
        { ...install, packages: ['alpha', 'beta'], index_url: wheels.url },
        run as StepInput,
      ]);
      expect(view.steps.map(({ state, why }) => `${state}: ${why}`)).toEqual([
        'cached: Same as before, from the cache',
        'done: Step 2: +beta',
        'done: After step 2, which is run',
      ]);
    });

    test('says what differs between two builds, and nothing of them to another workspace', async () => {
      const env = steps()[0] as StepInput;
      const older = await build([env, { ...install, packages: ['alpha==1.0'], index_url: wheels.url }]);
      const newer = await build([env, { ...install, packages: ['alpha', 'beta'], index_url: wheels.url }]);
      const before = await readCompared({ scope, number: older.number });
      const after = await readCompared({ scope, number: newer.number });
      const found = compareBuilds(before, after);
      expect(found.packages).toEqual([
        { kind: 'python', name: 'alpha', before: '1.0', after: '2.0', way: 'up' },
        { kind: 'python', name: 'beta', before: null, after: '1.0', way: 'added' },
      ]);
      expect(found.packagesAlike).toBeGreaterThan(80);
      expect(found.python.after).toBe(found.python.before);
      expect(found.steps.map(({ way, summary }) => [way, summary])).toEqual([
        ['same', null],
        ['changed', '+alpha +beta -alpha==1.0'],
      ]);
      expect(found.sizeBytes.after).toBe(newer.view.facts.resultBytes);
      expect(found.baseLayers.every(({ before: was, after: is }) => was === is)).toBe(true);
      expect(newer.view.comparedWith).toBe(older.number);
      const other = await makeWorkspace();
      const theirs = readCompared({ scope: other, number: newer.number });
      await expect(theirs).rejects.toBeInstanceOf(NotFoundError);
    });

    test('keeps the steps before one that fails', async () => {
      const failing: StepInput[] = [
        { kind: 'run_commands', commands: ['echo kept > /kept'] },
        { kind: 'run_commands', commands: ['cat /kept; sleep 1; echo to stderr >&2; exit 7'] },
      ];
      const first = await build(failing);
      expect(first.view.steps.map(({ state }) => state)).toEqual(['done', 'failed']);
      expect(first.view.error).toMatchObject({
        code: 'step_failed',
        what: 'A command ended with exit code 7',
      });
      expect(first.view.error?.why).toContain('kept · to stderr');
      const second = await build(failing);
      expect(second.view.steps.map(({ state }) => state)).toEqual(['cached', 'failed']);
    });

    test('forced, runs everything and replaces it; ignoring, leaves the cache alone', async () => {
      const stamp: StepInput[] = [{ kind: 'run_commands', commands: ['date +%N > /stamp'] }];
      const resultOf = async (cache?: CachePolicy) => (await build(stamp, cache)).view.facts.resultDigest;
      const first = await resultOf();
      expect(await resultOf()).toBe(first);
      expect(await resultOf('ignore')).not.toBe(first);
      expect(await resultOf()).toBe(first);
      const forced = await resultOf('force');
      expect(forced).not.toBe(first);
      expect(await resultOf()).toBe(forced);
    });

    test('gives a secret to its step alone, and it stays nowhere', async () => {
      const { view, log } = await build([
        {
          kind: 'run_commands',
          commands: ['test "$(printf %s "$HF_TOKEN" | wc -c)" = 29', 'echo "$HF_TOKEN"'],
          secrets: ['hub'],
        },
        { kind: 'run_commands', commands: ['test -z "$HF_TOKEN"', 'test ! -e /run/secrets/slipway'] },
      ]);
      expect(view.error).toBeNull();
      expect(log).not.toContain(secretValue);
      const folders = [yard.dataFolder, ...engine.dataFolders];
      // What nothing refers to any more is gone from an engine a moment later.
      await until(async () => (await filesWith(secretValue, folders)).length === 0);
      const events = await prisma().$queryRaw<object[]>`
      SELECT 1 FROM build_event WHERE data::text LIKE ${`%${secretValue}%`}`;
      expect(events).toEqual([]);
    });

    test('asks the registry for nothing once steps run, not even when it is down', async () => {
      const gate = createServer((_, response) => {
        isRefusing = true;
        proxy.reset();
        response.end('go on');
      });
      await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
      const { port } = gate.address() as AddressInfo;
      const wait = `python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:${port}').read()"`;
      try {
        const { view, log } = await build([
          { kind: 'run_commands', commands: [wait, 'echo gone > /gone'] },
          { kind: 'run_commands', commands: ['cat /gone'] },
        ]);
        expect(view.error, log).toBeNull();
        expect(isRefusing).toBe(true);
        expect(proxy.requests).toEqual([]);
      } finally {
        isRefusing = false;
        gate.closeAllConnections();
        gate.close();
      }
    });

    test('ends a step with all it started when it is cancelled', async () => {
      const seconds = `98762.${process.pid}`;
      const { number } = await startBuild({
        scope,
        input: {
          reference: `${registryHost}/team/python:3`,
          platform: 'linux/amd64',
          secretName: 'base',
          steps: [
            stepSchema.parse({
              kind: 'run_commands',
              commands: [`trap "" TERM INT; (setsid sleep ${seconds} &) ; echo begun; sleep ${seconds}`],
            }),
          ],
        },
      });
      await until(async () => (await logOf(number)).includes('\nbegun\n'));
      await requestCancel({ scope, number });
      await reached(scope, number, ['cancelled']);
      await until(
        () => execFileSync('sh', ['-c', 'pgrep -f "sleep $1" || true', 'sh', seconds]).toString() === '',
      );
      expect(
        execFileSync('sh', ['-c', `grep -c ${yard.dataFolder}/engine /proc/mounts || true`]).toString(),
      ).toBe('0\n');
    });
  });

  describe('a step as root', () => {
    test('reads none of the host’s files, processes or ports, and no other layer of the engine', async () => {
      const service = createServer((_, response) => response.end('reached'));
      await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
      const { port } = service.address() as AddressInfo;
      await yard.stopWorkers();
      await yard.startWorker({ env: engine.environment });
      const tries = [
        'id -u | grep -qx 0',
        // Only what is in the image, however it is looked at.
        `! cat ${yard.dataFolder}/keys`,
        'mkdir /jail && ! chroot /proc/1/root cat /etc/machine-id.host',
        // Out of the root, by the one that is open while another is made: here it leads to where it began.
        `python -c "import os; root = os.open('/', os.O_RDONLY); os.chroot('/jail'); os.fchdir(root); [os.chdir('..') for _ in range(64)]; os.chroot('.'); os.stat('/jail')"`,
        '! mount -t proc proc /mnt && ! mount /dev/vda /mnt',
        '! (mknod /disk b 254 0 && head -c 1 /disk)',
        'test "$(ls /proc | grep -c "^[0-9]")" -lt 20',
        `! python -c "import socket; socket.create_connection(('127.0.0.1', ${port}), 2)"`,
        // However the machine is called from the step's own network.
        `! python -c "import socket, struct; rows = [row.split() for row in open('/proc/net/route')][1:]; gateway = socket.inet_ntoa(struct.pack('<L', next(int(row[2], 16) for row in rows if row[1] == '00000000'))); socket.create_connection((gateway, ${port}), 2)"`,
        `! python -c "import socket; socket.create_connection(('169.254.169.254', 80), 2)"`,
        '! sh -c "echo 1 > /proc/sys/kernel/panic"',
        // Where the kernel has been broken out of most; and the host of this machine, if it is a virtual one.
        '! unshare --user true && ! unshare --map-root-user --net true',
        `! python -c "import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)"`,
        `python -c "import threading; thread = threading.Thread(target=print, args=['ran']); thread.start(); thread.join()"`,
      ];
      const { view, log } = await build([{ kind: 'run_commands', commands: tries }]);
      service.closeAllConnections();
      service.close();
      expect(view.error, log).toBeNull();
    });
  });
});
