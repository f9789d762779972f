import { expectMigrated } from '#lib/db/migrate.ts';
import type { Command } from './command.ts';
import { expectNoArguments } from './no-arguments.ts';
import { generateClient } from './prepare.ts';
import { createSteps } from './steps.ts';
import { UsageError } from './usage-error.ts';

export const worker: Command = {
  name: 'worker',
  summary: 'Run one more worker for a database that is already there',
  help: `
Usage: slipway worker

Takes builds from the queue and runs them, until Ctrl-C or SIGTERM. \`slipway start\` runs one already; more of them, on
this machine or on others, share the work. Needs the same DATABASE_URL, the same private keys (SLIPWAY_KEYS,
SLIPWAY_KEY_COMMAND or the keys file in the data folder) and the same SLIPWAY_REGISTRIES as the rest.

Example:
  DATABASE_URL=postgresql://slipway:secret@db.example.com/slipway SLIPWAY_WORKER_SLOTS=4 slipway worker
`,
  async run({ argv, stderr, signal, readSettings }) {
    expectNoArguments('worker', argv);
    const settings = readSettings();
    if (settings.databaseUrl === undefined) {
      throw new UsageError({
        what: 'A worker needs DATABASE_URL',
        why: 'It takes its work from the database that the dashboard uses.',
        command: 'worker',
      });
    }
    await generateClient({ steps: createSteps(stderr), signal });
    await expectMigrated({ url: settings.databaseUrl, signal });
    const { runWorker } = await import('#lib/worker/main.ts');
    await runWorker({ settings, signal });
    return 0;
  },
};
