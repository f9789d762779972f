import path from 'node:path';
import { webEnvironment, workerEnvironment } from '#lib/config/environment.ts';
import type { Settings } from '#lib/config/settings.ts';
import { applyMigrations } from '#lib/db/migrate.ts';
import type { DataFolder } from './data-folder.ts';
import { LogFile } from './log-file.ts';
import { projectRoot } from './prepare.ts';
import { waitUntilReady } from './readiness.ts';
import { readSetUpCode } from './set-up-code.ts';
import type { Steps } from './steps.ts';
import { SupervisedPostgres } from './supervised-postgres.ts';
import { SupervisedProcess } from './supervised-process.ts';

/** Starts all that Slipway is made of, says where it is, and stops it in the reverse order when `signal` fires. */
export async function supervise(options: {
  readonly settings: Settings;
  readonly folder: DataFolder;
  readonly steps: Steps;
  readonly signal: AbortSignal;
  /** `performance.now()` when the command began. */
  readonly startedAt: number;
}): Promise<void> {
  const { settings, folder, steps, signal } = options;
  const log = (name: string) => new LogFile(path.join(folder.logs, `${name}.log`));
  const logs = { postgres: log('postgres'), web: log('web'), worker: log('worker') };
  const onCrash = (name: 'Postgres' | 'web' | 'worker') => (how: string) =>
    steps.say(`  The ${name} process ended (${how}) and is started again; see ${folder.logs}.`);

  const postgres = new SupervisedPostgres({
    dataFolder: folder.path,
    log: logs.postgres,
    onCrash: onCrash('Postgres'),
  });
  const processes: SupervisedProcess[] = [];
  const killAll = () => {
    for (const child of processes) child.kill();
    postgres.kill();
  };
  process.on('exit', killAll);
  try {
    const databaseUrl =
      settings.databaseUrl ?? (await steps.run('Starting Postgres', () => postgres.start(signal)));
    await steps.run('Checking the database', () => applyMigrations({ url: databaseUrl, signal }));
    processes.push(
      new SupervisedProcess({
        name: 'worker',
        command: [path.join(projectRoot, 'lib', 'cli', 'main.ts'), 'worker'],
        environment: workerEnvironment({ settings, databaseUrl }),
        log: logs.worker,
        onCrash: onCrash('worker'),
      }),
      new SupervisedProcess({
        name: 'web',
        command: [path.join(projectRoot, 'app', 'server.ts')],
        environment: webEnvironment({ settings, databaseUrl }),
        log: logs.web,
        onCrash: onCrash('web'),
      }),
    );
    await steps.run('Starting the dashboard and a worker', async () => {
      for (const child of processes) child.start();
      await waitUntilReady({ ...settings, signal, lastWords: () => `${logs.web.tail}\n${logs.worker.tail}` });
    });
    const code = await readSetUpCode({ databaseUrl });
    const seconds = ((performance.now() - options.startedAt) / 1000).toFixed(1);
    steps.say(`\nSlipway is ready at ${settings.publicUrl.origin} after ${seconds} s. Ctrl-C stops it.`);
    if (code !== null)
      steps.say(`There is no account yet. The first page asks for this set-up code: ${code}`);
    await aborted(signal);
    steps.say('\nStopping …');
  } finally {
    // Whoever answers people goes first, whoever keeps the data last.
    const [worker, web] = processes;
    await web?.stop({ graceMs: 8_000 });
    await worker?.stop({ graceMs: 15_000 });
    await postgres.stop();
    process.off('exit', killAll);
    for (const file of Object.values(logs)) file.close();
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
