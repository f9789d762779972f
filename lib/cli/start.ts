import { readUnknownVariables } from '#lib/config/load-settings.ts';
import { loadRegistries } from '#lib/egress/registries-config.ts';
import { enginePackages } from '#lib/engines/buildah/engine-packages.ts';
import type { Command } from './command.ts';
import { openDataFolder } from './data-folder.ts';
import { installEngine } from './install-engine.ts';
import { expectNoArguments } from './no-arguments.ts';
import { checkPort } from './port.ts';
import { buildDashboard, generateClient } from './prepare.ts';
import { settingsHelp } from './settings-help.ts';
import { createSteps } from './steps.ts';
import { supervise } from './supervise.ts';

export const start: Command = {
  name: 'start',
  summary: 'Start the dashboard, a worker and the database, and keep them running',
  help: `
Usage: slipway start [--with-engine]

Installs and builds what is missing, starts Postgres, brings its schema up to date, starts the dashboard and a worker,
and prints one address. What ends by itself is started again. Ctrl-C or SIGTERM stops all of it in order; a second
Ctrl-C stops it at once. Nothing that was acknowledged is lost, whatever is killed.

  --with-engine  first installs what runs the steps of builds, on Debian and Ubuntu, as root: ${enginePackages.join(' ')}.
                 It says so before, and does nothing where they are here. Without it nothing is ever installed.

Settings, from the environment:
${settingsHelp()}

Examples:
  slipway start
  slipway start --with-engine
  PORT=8080 SLIPWAY_DATA=/var/lib/slipway slipway start
  DATABASE_URL=postgresql://slipway:secret@db.example.com/slipway slipway start
`,
  async run({ argv, stdout, stderr, signal, readSettings }) {
    const isWithEngine = argv.includes('--with-engine');
    expectNoArguments(
      'start',
      argv.filter((word) => word !== '--with-engine'),
    );
    const startedAt = performance.now();
    for (const warning of readUnknownVariables()) stderr.write(`slipway: ${warning}\n`);
    const settings = readSettings();
    const folder = openDataFolder(settings.dataFolder);
    try {
      await checkPort({ ...settings, signal });
      await loadRegistries({ path: settings.registriesFile });
      const steps = createSteps(stdout);
      if (isWithEngine) await installEngine({ steps, signal });
      await generateClient({ steps, signal });
      await buildDashboard({ steps, signal });
      await supervise({ settings, folder, steps, signal, startedAt });
      return 0;
    } finally {
      folder.release();
    }
  },
};
