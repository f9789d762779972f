import { z } from 'zod';
import { listWords } from '#lib/images/dockerfile-commands.ts';
import type { Platform } from '#lib/oci/types.ts';
import type { StepRun } from './types.ts';

/**
 * The config with which an engine is handed an image: for the platform that was checked, whatever the config says of it, and without
 * volumes, because Buildah throws away what a command writes below one.
 */
export function configForEngine(config: Uint8Array, platform: Platform): Uint8Array {
  const { os, architecture, variant, ...image } = readConfig(config);
  const { Volumes, ...settings } = image.config ?? {};
  return write({ ...image, ...platform, config: settings });
}

/**
 * The config of what a step made: that of its base, with what instructions can change taken from the engine. All else is the base's,
 * so no engine can lose what it has no place for: Buildah drops what Docker's configs have and OCI's do not, BuildKit what it does not know.
 */
export function configOfResult(options: {
  readonly run: Pick<StepRun, 'base' | 'lines' | 'platform'>;
  /** The engine's. */
  readonly made: Uint8Array;
  readonly diffIds: readonly string[];
}): Uint8Array {
  const { run, diffIds } = options;
  const { os, architecture, variant, ...base } = readConfig(run.base.config);
  const made = readConfig(options.made);
  const settings: Record<string, unknown> = { ...base.config };
  for (const name of instructed) {
    const value = made.config?.[name];
    if (value === undefined || value === null) delete settings[name];
    else settings[name] = value;
  }
  const shell = shellOf(run.lines);
  if (shell !== undefined) settings.Shell = shell;
  return write({
    ...base,
    ...(os && architecture ? { os, architecture, ...(variant ? { variant } : {}) } : run.platform),
    ...(made.created === undefined ? {} : { created: made.created }),
    config: settings,
    rootfs: { ...base.rootfs, diff_ids: diffIds },
    history: wholeHistory(made.history ?? [], diffIds.length),
  });
}

/** What ENV, LABEL, USER, WORKDIR, EXPOSE, ENTRYPOINT and CMD set. */
const instructed = ['Env', 'Labels', 'User', 'WorkingDir', 'ExposedPorts', 'Entrypoint', 'Cmd'];

/** What the last SHELL sets: of OCI's configs it is none, so not every engine hands it back. */
function shellOf(lines: readonly string[]): readonly string[] | undefined {
  const last = lines.findLast((line) => line.startsWith('SHELL '));
  return last === undefined ? undefined : listWords(last.slice('SHELL '.length));
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties */
const configSchema = z.looseObject({
  os: z.string().nullish(),
  architecture: z.string().nullish(),
  variant: z.string().nullish(),
  created: z.string().exactOptional(),
  config: z.looseObject({}).nullish(),
  rootfs: z.looseObject({ diff_ids: z.array(z.string()).nullable() }),
  history: z.array(z.looseObject({ empty_layer: z.boolean().optional() })).nullish(),
});
type StoredConfig = z.infer<typeof configSchema>;

function readConfig(bytes: Uint8Array): StoredConfig {
  return configSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

function write(config: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(config));
}

/** A base may have no history, and a step adds its own: engines and readers then find that layers and history do not match. */
function wholeHistory(history: readonly HistoryEntry[], layerCount: number): readonly HistoryEntry[] {
  const told = history.filter(({ empty_layer }) => empty_layer !== true).length;
  const untold = Math.max(0, layerCount - told);
  return [...Array.from({ length: untold }, () => ({ created_by: 'not told' })), ...history];
}

type HistoryEntry = NonNullable<StoredConfig['history']>[number];
