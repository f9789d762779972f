import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FoundEngine, prepareEngine } from '#lib/engines/engine.ts';
import type { EngineWish } from '#lib/engines/engine-wish.ts';
import { findEngine } from '#lib/engines/find-engine.ts';
import { removeSecretFiles } from '#lib/engines/secret-file.ts';
import { startDockerEngine, type TestDockerEngine } from './docker-engine.ts';

/** A real engine for steps, with nothing in it. */
export interface TestEngine {
  readonly found: FoundEngine;
  /** Where it keeps what it needs on this side. */
  readonly folder: string;
  readonly searchPath: string;
  /** Settings with which a worker finds it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Everywhere that it may leave something. */
  readonly dataFolders: readonly string[];
  stop(): Promise<void>;
}

/** Tests of steps run on each of them. */
export const testEngines: readonly { readonly name: string; start(): Promise<TestEngine> }[] = [
  { name: 'Buildah', start: startBuildah },
  { name: 'BuildKit', start: startBuildkit },
];

async function startBuildah(): Promise<TestEngine> {
  return open({
    wish: { choice: 'buildah', searchPath: process.env.PATH ?? '', builder: noBuilder },
    environment: { SLIPWAY_ENGINE: 'buildah' },
    dataFolders: [],
    stop: async () => {},
  });
}

export async function startBuildkit(): Promise<TestEngine> {
  return openBuildkit(await startDockerEngine());
}

/** The builder of a Docker engine, which ends with it. */
export async function openBuildkit(
  docker: TestDockerEngine,
  { isTrusted = false }: { readonly isTrusted?: boolean } = {},
): Promise<TestEngine> {
  const searchPath = `${docker.programFolder}${path.delimiter}${process.env.PATH}`;
  return open({
    wish: { choice: 'buildkit', searchPath, builder: { ...noBuilder, dockerHost: docker.host, isTrusted } },
    environment: { SLIPWAY_ENGINE: 'buildkit', DOCKER_HOST: docker.host, PATH: searchPath },
    dataFolders: [docker.dataFolder],
    stop: docker.stop,
  });
}

async function open(options: {
  readonly wish: EngineWish;
  readonly environment: TestEngine['environment'];
  readonly dataFolders: readonly string[];
  readonly stop: () => Promise<void>;
}): Promise<TestEngine> {
  const { wish, environment } = options;
  const { searchPath } = wish;
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-engine-'));
  const stop = async () => {
    await options.stop();
    await removeSecretFiles({ folder });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { engine, why } = await findEngine(wish);
    if (engine === null) throw new Error(why);
    await mkdir(folder, { recursive: true });
    await prepareEngine(engine, { folder, searchPath });
    const dataFolders = [folder, ...options.dataFolders];
    return { found: engine, folder, searchPath, environment, dataFolders, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const noBuilder: EngineWish['builder'] = {
  buildkitHost: null,
  dockerHost: null,
  name: null,
  folder: '/nonexistent',
  certificates: null,
  kubeConfig: null,
  isTrusted: false,
};
