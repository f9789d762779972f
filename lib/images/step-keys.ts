import { createHash } from 'node:crypto';
import { linesOfStep } from './dockerfile.ts';
import { repeatsCommand } from './repeated-command.ts';
import { type BuiltStep, uploadsOf } from './schema.ts';

/** What the first key of a chain is made of: everything that steps build on. */
export interface KeyOrigin {
  readonly workspaceId: string;
  /** Of the base's manifest for the platform. */
  readonly baseDigest: string;
  readonly platform: string;
}

/**
 * One key for each step, chained: a key changes with its step, with any before it, with the base and with the workspace. What is a hit
 * is decided by these alone. 64 hexadecimal digits each.
 *
 * @param options.secretIds ids by the names that steps use: a secret of the same name in another place is another one.
 *   Their values are not in the key: a rotated token builds the same image.
 */
export function stepKeys(options: {
  readonly origin: KeyOrigin;
  readonly steps: readonly BuiltStep[];
  readonly secretIds: ReadonlyMap<string, string>;
  /** Of the manifest that Python is taken from, where a step adds it. */
  readonly pythonDigest?: string | undefined;
}): readonly string[] {
  const { origin, steps, secretIds, pythonDigest } = options;
  let key = digest([keyFormat, origin.workspaceId, origin.baseDigest, origin.platform]);
  return steps.map((step, index) => {
    key = digest([
      key,
      canonicalStep(step),
      step.kind === 'add_python' ? [pythonDigest] : idsOf(step, secretIds),
      // Which one is in the keys before.
      ...(repeatsCommand(steps, index) ? ['CMD'] : []),
    ]);
    return key;
  });
}

/**
 * What of a step changes its result, as text: two steps that read the same build the same. `force_build` is how a step is run,
 * not what it is.
 */
export function canonicalStep(step: BuiltStep): string {
  if (step.kind === 'add_python') return JSON.stringify([step.kind, step.version]);
  // What the file is called where it comes from changes nothing.
  if (step.kind === 'add_file') return JSON.stringify([step.kind, step.path, step.mode, step.file]);
  const files = uploadsOf(step).map(({ name, file }) => `${name} ${file}`);
  return JSON.stringify([step.kind, linesOfStep(step), ...files.sort()]);
}

/** Raised when the lines that steps become change their meaning: older results are then no hits any more. */
const keyFormat = 'slipway-step-1';

function idsOf(step: BuiltStep, secretIds: ReadonlyMap<string, string>): readonly string[] {
  if (!('secrets' in step)) return [];
  return step.secrets.map((name) => {
    const id = secretIds.get(name);
    if (id === undefined) throw new TypeError(`No id was given for the secret ${name}`);
    return id;
  });
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
