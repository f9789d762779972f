import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { downloadLog } from '#lib/builds/log/data.ts';
import { startBuild } from '#lib/builds/mutations.ts';
import { closeDatabase, configureDatabase } from '#lib/db/client.ts';
import type { Registries } from '#lib/egress/registries-config.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { allKept } from '#tests/support/kept.ts';
import { createTestDatabase } from '#tests/support/postgres.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import { openYard, reached, type Yard } from '../worker/yard.ts';

/** A build as it ended, with its log as plain text. */
type EndedBuild = Awaited<ReturnType<typeof reached>> & {
  readonly number: number;
  readonly log: string;
};

/** One installation with a worker that reaches registries of a test under their public names. */
export interface Bench {
  readonly scope: Scope;
  readonly yard: Yard;
  /** Builds a whole reference and waits for its end. */
  build(reference: string, options?: BuildOptions): Promise<EndedBuild>;
  /** Where values stand that should stand nowhere: files of the installation, tables of the database. */
  traces(values: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}

interface BuildOptions {
  readonly secret?: string;
  readonly scope?: Scope;
}

export async function openBench(
  registries: Partial<Registries>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Bench> {
  const database = await createTestDatabase();
  configureDatabase({ url: database.url });
  const yard = await openYard({ database, endpoint: 'http://127.0.0.1:9', environment });
  // The worker reads it when it starts.
  await writeFile(path.join(yard.dataFolder, 'registries.json'), JSON.stringify(registries));
  const scope = await makeWorkspace();
  const worker = await yard.startWorker();
  return {
    scope,
    yard,
    async build(
      reference,
      { secret = null, scope: other = scope }: { secret?: string | null; scope?: Scope } = {},
    ) {
      const input = { reference, platform: 'linux/amd64', secretName: secret };
      const { number } = await startBuild({ scope: other, input });
      const ended = await reached(other, number, ['succeeded', 'failed']);
      let log = '';
      for await (const chunk of await downloadLog({ scope: other, number })) log += chunk;
      return { ...ended, number, log };
    },
    async traces(values) {
      const output = ['output of the worker', Buffer.from(worker.output())] as const;
      const places = [...(await allKept(yard.dataFolder)), output];
      return places
        .filter(([, bytes]) => values.some((value) => bytes.includes(value)))
        .map(([place]) => place);
    },
    async close() {
      await yard.close();
      await closeDatabase();
      await database.drop();
    },
  };
}
