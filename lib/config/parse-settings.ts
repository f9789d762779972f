import { homedir } from 'node:os';
import path from 'node:path';
import type { z } from 'zod';
import { clip } from '#lib/errors/clip.ts';
import { nearest } from './nearest.ts';
import { type Settings, type VariableName, variables } from './settings.ts';
import { SettingsError } from './settings-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Settings from an environment. An empty variable counts as not set.
 *
 * @throws SettingsError naming every wrong setting at once.
 */
export function parseSettings(environment: Environment): Settings {
  const problems: string[] = [];
  const read = <N extends VariableName>(name: N): Value<N> | undefined => {
    const text = environment[name]?.trim();
    if (text === undefined || text === '') return undefined;
    const { schema, expects } = variables[name];
    const result = schema.safeParse(text);
    if (result.success) return result.data as Value<N>;
    problems.push(`${name} ${quote(name, text)}must be ${expects}.`);
    return undefined;
  };

  const port = read('PORT') ?? 3000;
  const dataFolder = read('SLIPWAY_DATA') ?? path.resolve('data');
  const settings: Settings = {
    port,
    host: read('HOST') ?? '127.0.0.1',
    publicUrl: read('SLIPWAY_URL') ?? new URL(`http://localhost:${port}`),
    dataFolder,
    storeFolder: path.join(dataFolder, 'store'),
    databaseUrl: read('DATABASE_URL'),
    registriesFile: read('SLIPWAY_REGISTRIES') ?? path.join(dataFolder, 'registries.json'),
    keyFile: path.join(dataFolder, 'keys'),
    keyText: read('SLIPWAY_KEYS'),
    keyCommand: read('SLIPWAY_KEY_COMMAND'),
    trustedProxies: read('SLIPWAY_TRUSTED_PROXIES') ?? [],
    allowedOrigins: (read('SLIPWAY_ALLOWED_ORIGINS') ?? []).map(({ origin }) => origin),
    storeBytesMax: read('SLIPWAY_STORE_BYTES_MAX') ?? null,
    storeDaysMax: orDefault(read('SLIPWAY_STORE_DAYS_MAX'), 30),
    workerSlots: read('SLIPWAY_WORKER_SLOTS') ?? 2,
    engine: {
      choice: read('SLIPWAY_ENGINE') ?? 'auto',
      buildkitHost: read('BUILDKIT_HOST') ?? null,
      dockerHost: read('DOCKER_HOST') ?? null,
      name: read('BUILDX_BUILDER') ?? null,
      folder: read('BUILDX_CONFIG') ?? path.join(homedir(), '.docker', 'buildx'),
      certificates: read('SLIPWAY_BUILDER_CERTIFICATES') ?? null,
      kubeConfig: read('KUBECONFIG') ?? null,
      isTrusted: read('SLIPWAY_BUILDER_ISOLATION') === 'any',
    },
    stepNetwork: read('SLIPWAY_STEP_NETWORK') ?? 'private',
    stepTimeoutMs: (read('SLIPWAY_STEP_MINUTES_MAX') ?? 60) * 60_000,
    stepMemoryBytes: read('SLIPWAY_STEP_MEMORY_MAX'),
    pythonImage: read('SLIPWAY_PYTHON_IMAGE') ?? 'docker.io/library/python:{version}-slim-bookworm',
    uploads: {
      fileBytesMax: read('SLIPWAY_UPLOAD_BYTES_MAX') ?? 100_000_000,
      workspaceBytesMax: read('SLIPWAY_UPLOADS_BYTES_MAX') ?? 2_000_000_000,
    },
    awsEndpoints: { ecr: read('AWS_ENDPOINT_URL_ECR'), sts: read('AWS_ENDPOINT_URL_STS') },
    logLevel: read('SLIPWAY_LOG_LEVEL') ?? 'info',
  };
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

/** One line for each SLIPWAY_ variable that nobody reads: most likely a slip of the pen. */
export function findUnknownVariables(environment: Environment): readonly string[] {
  const known = Object.keys(variables);
  return Object.keys(environment)
    .filter((name) => name.startsWith('SLIPWAY_') && !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      return `${name} is not a setting of Slipway${meant === null ? '' : `; did you mean ${meant}?`}`;
    });
}

/** Null says "none"; only what is not set has the default. */
function orDefault<T>(value: T | null | undefined, fallback: T): T | null {
  return value === undefined ? fallback : value;
}

type Value<N extends VariableName> = z.output<(typeof variables)[N]['schema']>;

/** Long enough for any address; a longer text would make the line unreadable. */
const quotedMax = 80;

function quote(name: VariableName, text: string): string {
  const { isSensitive } = variables[name] as { isSensitive?: true };
  if (isSensitive) return '';
  const shown = clip(text, quotedMax);
  return `is ${JSON.stringify(shown)} but `;
}
