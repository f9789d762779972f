import type { Settings } from './settings.ts';

type Environment = NodeJS.ProcessEnv;

/** Settings that open secrets. The web process must not be able to, so it is not given them. */
const keySettings = ['SLIPWAY_KEYS', 'SLIPWAY_KEY_COMMAND'] as const;

/** What the web process is started with: everything but the keys. */
export function webEnvironment(options: {
  readonly settings: Settings;
  readonly databaseUrl: string;
}): Environment {
  const environment = workerEnvironment(options);
  for (const name of keySettings) delete environment[name];
  return environment;
}

/** What a worker is started with. Its settings are those of the process that starts it, paths made absolute. */
export function workerEnvironment(options: {
  readonly settings: Settings;
  readonly databaseUrl: string;
}): Environment {
  return {
    ...process.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    SLIPWAY_DATA: options.settings.dataFolder,
    SLIPWAY_REGISTRIES: options.settings.registriesFile,
    DATABASE_URL: options.databaseUrl,
  };
}

/** What programs that build or serve are started with: a path and a home, and nothing of ours. */
export function toolEnvironment(): Environment {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    LC_ALL: 'C',
    TZ: 'UTC',
    ...(PATH === undefined ? {} : { PATH }),
    ...(HOME === undefined ? {} : { HOME }),
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
  };
}
