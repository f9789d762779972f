import path from 'node:path';
import { applyMigrations } from '#lib/db/migrate.ts';
import type { Command } from './command.ts';
import { openDataFolder } from './data-folder.ts';
import { LogFile } from './log-file.ts';
import { expectNoArguments } from './no-arguments.ts';
import { SupervisedPostgres } from './supervised-postgres.ts';

export const migrate: Command = {
  name: 'migrate',
  summary: 'Bring the database to this version and stop',
  help: `
Usage: slipway migrate

Applies the migrations that the database lacks and names them. \`slipway start\` does the same before it starts; this
command is for who wants it done apart, for instance before several machines are updated. Uses DATABASE_URL, or the
embedded Postgres of the data folder, which must not be running then.
`,
  async run({ argv, stdout, signal, readSettings }) {
    expectNoArguments('migrate', argv);
    const settings = readSettings();
    const apply = async (url: string) => {
      const applied = await applyMigrations({ url, signal });
      stdout.write(
        applied.length === 0 ? 'The database is up to date.\n' : `Applied ${applied.join(', ')}.\n`,
      );
    };
    if (settings.databaseUrl !== undefined) {
      await apply(settings.databaseUrl);
      return 0;
    }
    const folder = openDataFolder(settings.dataFolder);
    const log = new LogFile(path.join(folder.logs, 'postgres.log'));
    const postgres = new SupervisedPostgres({ dataFolder: folder.path, log, onCrash: () => {} });
    try {
      await apply(await postgres.start(signal));
      return 0;
    } finally {
      await postgres.stop();
      log.close();
      folder.release();
    }
  },
};
