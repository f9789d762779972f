import { applyMigrations } from '#lib/db/migrate.ts';
import type { Command } from './command.ts';
import { expectNoArguments } from './no-arguments.ts';
import { withDatabase } from './with-database.ts';

export const migrate: Command = {
  name: 'migrate',
  summary: 'Bring the database to this version and stop',
  help: `
Usage: slipway migrate

Applies the migrations that the database lacks and names them. \`slipway start\` does the same before it starts; this
command is for who wants it done apart, for instance before several machines are updated. Uses DATABASE_URL, or the
embedded Postgres of the data folder.
`,
  async run({ argv, stdout, signal, readSettings }) {
    expectNoArguments('migrate', argv);
    const applied = await withDatabase({ settings: readSettings(), signal }, (url) =>
      applyMigrations({ url, signal }),
    );
    stdout.write(applied.length === 0 ? 'The database is up to date.\n' : `Applied ${applied.join(', ')}.\n`);
    return 0;
  },
};
