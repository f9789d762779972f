import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { getBuild } from '#lib/builds/data.ts';
import { startBuild } from '#lib/builds/mutations.ts';
import { prisma } from '#lib/db/client.ts';
import { toBase64 } from '#lib/secrets/base64.ts';
import { publishSealingKey, saveSecret } from '#lib/secrets/mutations.ts';
import type { SecretType } from '#lib/secrets/schema.ts';
import { sealDraft } from '#lib/secrets/seal-draft.ts';
import { type SealedVersionInput, sealedSecretSchema } from '#lib/secrets/sealed-secret.ts';
import { validateSecret } from '#lib/secrets/validate-secret.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { loadKeyring } from '#lib/vault/keyring.ts';
import { endProcess, spawnBound } from '#tests/support/bound-process.ts';
import type { TestDatabase } from '#tests/support/postgres.ts';
import { until as waitUntil } from '#tests/support/slipway.ts';

/** The name under which the registry of a test is known. Nothing answers there: `registries.json` says where it is. */
export const registryHost = 'registry.test:5000';

/** A data folder with workers, as one installation has them. */
export interface Yard {
  readonly dataFolder: string;
  startWorker(options?: {
    readonly slots?: number;
    /** Settings besides those of the yard. */
    readonly env?: Readonly<Record<string, string>>;
  }): Promise<TestWorker>;
  /** Seals as a browser does; what comes back is what a form posts. */
  seal(options: {
    readonly scope: Scope;
    readonly type: SecretType;
    readonly values: Readonly<Record<string, string>>;
    readonly secretId?: string;
  }): Promise<{ readonly secretId: string; readonly version: SealedVersionInput }>;
  /** Seals and saves. */
  saveSecret(options: {
    readonly scope: Scope;
    readonly name: string;
    readonly type: SecretType;
    readonly values: Readonly<Record<string, string>>;
  }): Promise<{ readonly secretId: string; readonly versionId: string }>;
  /** Ends every worker, however it is. */
  stopWorkers(): Promise<void>;
  /** Every worker and every folder goes. */
  close(): Promise<void>;
}

export interface TestWorker {
  readonly pid: number;
  /** All that it wrote. */
  readonly output: () => string;
  readonly process: ChildProcess;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to stop, and resolves with its exit code when it has. */
  stop(): Promise<number | null>;
}

export async function openYard(options: {
  readonly database: TestDatabase;
  /** Where the registry is reached. */
  readonly endpoint: string;
  /** Further registries: their names, and where each is reached. */
  readonly others?: Readonly<Record<string, string>>;
  /** Further settings of its workers. */
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<Yard> {
  const dataFolder = await mkdtemp(path.join(tmpdir(), 'slipway-yard-'));
  const registriesFile = path.join(dataFolder, 'registries.json');
  const endpoints = { [registryHost]: options.endpoint, ...options.others };
  const registries = Object.fromEntries(
    Object.entries(endpoints).map(([host, endpoint]) => [
      host,
      { endpoint, allowPrivate: true, plainHttp: true },
    ]),
  );
  await writeFile(registriesFile, JSON.stringify({ registries }));
  const workers: ChildProcess[] = [];
  const stopWorkers = async () => {
    for (const child of workers) {
      child.kill('SIGCONT');
      await endProcess(child);
    }
  };
  const seal: Yard['seal'] = async ({ scope, type, values, secretId = randomUUID() }) => {
    const keyring = await loadKeyring({ file: path.join(dataFolder, 'keys') });
    await publishSealingKey(keyring.newest);
    const { id, publicKey } = keyring.newest;
    const version = await sealDraft({
      key: { id, publicKey: toBase64(publicKey) },
      workspaceId: scope.workspaceId,
      secretId,
      draft: validateSecret({ type, values }),
    });
    return { secretId, version };
  };

  return {
    dataFolder,
    async startWorker({ slots = 2, env = {} } = {}) {
      const child = spawnBound(process.execPath, [workerMain], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH,
          NODE_ENV: 'production',
          DATABASE_URL: options.database.url,
          SLIPWAY_DATA: dataFolder,
          SLIPWAY_WORKER_SLOTS: String(slots),
          ...options.environment,
          ...env,
        },
      });
      workers.push(child);
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      }
      await until(() => {
        if (child.exitCode !== null) throw new Error(`The worker ended:\n${output}`);
        return output.includes('Worker ready');
      });
      return {
        pid: child.pid ?? 0,
        process: child,
        output: () => output,
        kill: (signal) => void child.kill(signal),
        async stop() {
          await endProcess(child, 'SIGTERM');
          return child.exitCode;
        },
      };
    },
    seal,
    async saveSecret({ scope, name, type, values }) {
      const { secretId, version } = await seal({ scope, type, values });
      await saveSecret({ scope, input: sealedSecretSchema.parse({ ...version, id: secretId, name }) });
      return { secretId, versionId: version.versionId };
    },
    stopWorkers,
    async close() {
      await stopWorkers();
      await until(async () => (await childProcesses()).length === 0);
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** Waits for a condition, which tells by itself what was waited for. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  options: { readonly withinMs?: number } = {},
): Promise<void> {
  await waitUntil(condition, { what: `${condition}`, ...options });
}

/** Process ids of the builds in this test's database, whoever is their parent now. */
export async function buildProcesses(): Promise<number[]> {
  return processesOf('build-process.ts', await prisma().build.findMany({ select: { id: true } }));
}

/** The same of the checks. */
export async function preflightProcesses(): Promise<number[]> {
  return processesOf('preflight-process.ts', await prisma().preflight.findMany({ select: { id: true } }));
}

/** The same of the pushes. */
export async function pushProcesses(): Promise<number[]> {
  return processesOf('push-process.ts', await prisma().push.findMany({ select: { id: true } }));
}

async function childProcesses(): Promise<number[]> {
  return (await Promise.all([buildProcesses(), preflightProcesses(), pushProcesses()])).flat();
}

async function processesOf(file: string, rows: readonly { readonly id: string }[]): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const isOneOfThem = await Promise.all(
    pids.map(async (pid) => {
      // Of a process that is gone, and of one that nobody has taken note of yet, this is empty.
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return commandLine.includes(file) && rows.some(({ id }) => commandLine.includes(id));
    }),
  );
  return pids.filter((_, index) => isOneOfThem[index]).map(Number);
}

/** Starts a build of the test registry's image. */
export async function start(
  scope: Scope,
  repositoryAndTag: string,
  secretName: string | null = null,
): Promise<number> {
  const input = { reference: `${registryHost}/${repositoryAndTag}`, platform: 'linux/amd64', secretName };
  return (await startBuild({ scope, input })).number;
}

/** The build's page once it is in one of these states. */
export async function reached(
  scope: Scope,
  number: number,
  states: readonly string[],
  options: { readonly withinMs?: number } = {},
) {
  const where = { workspaceId_number: { workspaceId: scope.workspaceId, number } };
  await until(async () => {
    const { state } = await prisma().build.findUniqueOrThrow({ where, select: { state: true } });
    return states.includes(state);
  }, options);
  return getBuild({ scope, number });
}

const workerMain = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
