import { execFileSync } from 'node:child_process';
import { downloadLog } from '#lib/builds/log/data.ts';
import { startBuild } from '#lib/builds/mutations.ts';
import type { BuildView } from '#lib/builds/types.ts';
import { closeDatabase, configureDatabase } from '#lib/db/client.ts';
import { type StepInput, stepSchema } from '#lib/images/schema.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { archiveOf, type TestTree } from '#tests/support/archive.ts';
import { busyboxLayer } from '#tests/support/busybox-layer.ts';
import { pushImage } from '#tests/support/images.ts';
import { layerOfTar, type TestLayer } from '#tests/support/layers.ts';
import { createTestDatabase } from '#tests/support/postgres.ts';
import { startRegistry } from '#tests/support/registry.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import { openYard, reached, registryHost, type Yard } from '../worker/yard.ts';

/** A yard whose builds have steps, on a base of busybox alone from a registry without passwords. */
export interface StepYard {
  readonly yard: Yard;
  readonly scope: Scope;
  /** @returns the number of the build */
  start(...steps: readonly StepInput[]): Promise<number>;
  /** On another base: busybox with these files. */
  startOn(tree: TestTree, ...steps: readonly StepInput[]): Promise<number>;
  ended(number: number): Promise<BuildView>;
  logOf(number: number): Promise<string>;
  close(): Promise<void>;
}

export async function openStepYard(): Promise<StepYard> {
  const database = await createTestDatabase();
  configureDatabase({ url: database.url });
  const registry = await startRegistry({ auth: 'none' });
  const yard = await openYard({ database, endpoint: registry.url });
  const scope = await makeWorkspace();
  const push = async (tag: string, layers: readonly TestLayer[]) =>
    pushImage({ registry, repository: 'team/tools', tag, layers: [await busyboxLayer(), ...layers] });
  await push('1', []);
  const startOn = async (tag: string, steps: readonly StepInput[]) => {
    const input = {
      reference: `${registryHost}/team/tools:${tag}`,
      platform: 'linux/amd64',
      secretName: null,
      steps: steps.map((step) => stepSchema.parse(step)),
    };
    return (await startBuild({ scope, input })).number;
  };
  return {
    yard,
    scope,
    start: (...steps) => startOn('1', steps),
    async startOn(tree, ...steps) {
      await push('other', [layerOfTar(await archiveOf(tree))]);
      return startOn('other', steps);
    },
    async ended(number) {
      return (await reached(scope, number, ['succeeded', 'failed', 'cancelled'])).view;
    },
    logOf: (number) => wholeLog({ scope, number }),
    async close() {
      await yard.close();
      await registry.stop();
      await closeDatabase();
      await database.drop();
    },
  };
}

/** All that a build logged. */
export async function wholeLog(build: { readonly scope: Scope; readonly number: number }): Promise<string> {
  let text = '';
  for await (const chunk of await downloadLog(build)) text += chunk;
  return text;
}

/** What a killed worker started may still be on its way out and have files open there: the file system goes with the last of them. */
export function unmount(folder: string): void {
  execFileSync('sh', ['-c', 'umount --lazy "$1"', 'sh', folder]);
}

export function runs(command: string, secrets: readonly string[] = []): StepInput {
  return { kind: 'run_commands', commands: [command], secrets: [...secrets] };
}
