import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { EngineAnswer, EngineWish } from '../engine-wish.ts';
import { EngineFailedError } from '../errors.ts';
import { missingPrograms, programFile, versionOf } from '../programs.ts';
import { type Builder, clientOf } from './builder.ts';
import { BuilderControl, type BuilderWorker } from './builder-control.ts';
import { builderFacts, canExport } from './builder-facts.ts';

/** Whether a builder of BuildKit answers. */
export async function findBuildkit(wish: Omit<EngineWish, 'choice'>): Promise<EngineAnswer> {
  const { searchPath } = wish;
  const missing = process.platform === 'linux' ? await missingPrograms(['setpriv'], searchPath) : [];
  if (missing.length > 0) return none('BuildKit needs setpriv here.', 'Install util-linux.');
  const client = await findClient(wish);
  if (client === undefined)
    return none('There is no client of BuildKit: neither docker-buildx nor buildctl.', howToInstall);
  const { version } = client;
  if (isOlder(version)) {
    return none(
      `${client.client} is version ${version}; steps need 0.13 or newer.`,
      'Install a newer one, for example Debian 13’s docker-buildx.',
    );
  }
  try {
    const builder = await builderOf(wish, client);
    const worker = await askWorker(builder, searchPath);
    if (!canExport(builder, worker)) return none(oldStore.why, oldStore.next);
    return { engine: { kind: 'buildkit', builder, facts: builderFacts({ builder, worker, version }) } };
  } catch (error) {
    if (!(error instanceof EngineFailedError)) throw error;
    return none(error.advice.why, error.advice.next);
  }
}

const oldStore = {
  why: 'The Docker engine keeps images in its old store, out of which no result of a build can be read.',
  next: 'Turn containerd’s image store on, {"features": {"containerd-snapshotter": true}} in /etc/docker/daemon.json, and restart Docker; or name another builder in BUILDX_BUILDER or BUILDKIT_HOST.',
};

const howToInstall =
  'Install Docker with buildx (Debian 13: apt-get install docker.io docker-buildx), or set BUILDKIT_HOST and install buildctl or docker-buildx.';

interface Client extends Pick<Builder, 'client' | 'program'> {
  readonly version: string;
}

/** buildctl speaks to BUILDKIT_HOST alone, and is of use where that is an address; buildx, to whatever there is. */
async function findClient({ builder, searchPath }: Omit<EngineWish, 'choice'>): Promise<Client | undefined> {
  const folders = searchPath.split(path.delimiter);
  const candidates = [
    ...(/^(?:unix|tcp):\/\//.test(builder.buildkitHost ?? '')
      ? [{ client: 'buildctl', name: 'buildctl', argument: '--version' } as const]
      : []),
    { client: 'buildx', name: 'docker-buildx', argument: 'version' } as const,
  ];
  for (const { client, name, argument } of candidates) {
    const program = await programFile(name, [...folders, ...(client === 'buildx' ? pluginFolders : [])]);
    if (program === undefined) continue;
    const version = await versionOf(program, { argument, searchPath });
    if (version !== undefined) return { client, program, version };
  }
  return undefined;
}

/** Where Docker's packages put it, and where Docker looks. https://docs.docker.com/build/install-buildx/ */
const pluginFolders = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
];

/** 0.13 is the first that tells its progress in JSON. Builds that nobody gave a version call themselves 0.0.0, and are tried. */
function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 0 && minor > 0 && minor < 13;
}

async function builderOf({ builder }: Pick<EngineWish, 'builder'>, client: Client): Promise<Builder> {
  const { buildkitHost, dockerHost, name, folder, certificates, kubeConfig, isTrusted } = builder;
  const common = { client: client.client, program: client.program, certificates, kubeConfig, isTrusted };
  if (client.client === 'buildctl')
    return { ...common, driver: 'remote', host: buildkitHost, instance: null };
  if (buildkitHost !== null) {
    const text = remoteInstance(buildkitHost, certificates);
    return {
      ...common,
      driver: 'remote',
      host: dockerHost,
      instance: { name: remoteName, text },
      // They are BuildKit's, and stand in its description.
      certificates: null,
    };
  }
  if (name === null || name === 'default')
    return { ...common, driver: 'docker', host: dockerHost, instance: null };
  const { text, driver } = await readInstance(folder, name);
  return { ...common, driver, host: dockerHost, instance: { name, text } };
}

const remoteName = 'slipway';

/** https://docs.docker.com/build/builders/drivers/remote/ */
function remoteInstance(endpoint: string, certificates: string | null): string {
  const file = (name: string) => path.join(certificates ?? '', name);
  const options = { cacert: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
  const node = { Name: remoteName, Endpoint: endpoint, DriverOpts: certificates === null ? {} : options };
  return JSON.stringify({ Name: remoteName, Driver: 'remote', Nodes: [node], Dynamic: false });
}

async function readInstance(
  folder: string,
  name: string,
): Promise<{ readonly text: string; readonly driver: Builder['driver'] }> {
  try {
    const text = await readFile(path.join(folder, 'instances', name), 'utf8');
    return { text, driver: instanceSchema.parse(JSON.parse(text)).Driver };
  } catch (cause) {
    throw new EngineFailedError({
      why: `The builder ${name} is not described in ${folder}.`,
      next: 'Make it with `docker buildx create --name …`, or set BUILDX_BUILDER and BUILDX_CONFIG to one that is there.',
      cause,
    });
  }
}

const instanceSchema = z.object({ Driver: z.enum(['docker-container', 'kubernetes', 'remote']) });

async function askWorker(builder: Builder, searchPath: string): Promise<BuilderWorker> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-builder-'));
  try {
    const client = await clientOf(builder, { folder, searchPath });
    const control = new BuilderControl(client, { signal: AbortSignal.timeout(answerMs) });
    return await control.readWorker().finally(() => control.close());
  } catch (error) {
    if (!(error instanceof EngineFailedError)) throw error;
    const { why } = error.advice;
    throw new EngineFailedError({
      why,
      next: 'Start it, and see that this worker may use it: DOCKER_HOST, BUILDKIT_HOST and BUILDX_BUILDER say which builder it is, SLIPWAY_BUILDER_CERTIFICATES what it is reached with over TLS.',
      cause: error,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A builder in a container or a pod that sleeps is started first. */
const answerMs = 20_000;

function none(why: string, next: string): EngineAnswer {
  return { engine: null, why, next };
}
