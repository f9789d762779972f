import { clip } from '#lib/errors/clip.ts';
import { type BuiltStep, filesOf } from './schema.ts';
import { canonicalStep } from './step-keys.ts';
import { short, whyBase } from './why-base.ts';

/** The image that Python was taken from. */
export interface PythonOrigin {
  readonly reference: string;
  /** Of its manifest for the platform. */
  readonly digest: string;
}

/** What of an earlier build tells why a later one differs. */
export interface EarlierBuild {
  readonly number: number;
  readonly steps: readonly BuiltStep[];
  readonly base: { readonly digest: string; readonly platform: string };
  readonly secretIds: ReadonlyMap<string, string>;
  /** Of the image that Python was taken from; absent where no step added it. */
  readonly pythonDigest?: string | null | undefined;
}

interface WhyOptions {
  readonly steps: readonly BuiltStep[];
  /** The step asked about, and the first that has to run. */
  readonly index: number;
  readonly first: number;
  readonly policy: 'use' | 'force' | 'ignore';
  readonly requester: string;
  readonly base: { readonly reference: string; readonly digest: string; readonly platform: string };
  readonly secretIds: ReadonlyMap<string, string>;
  readonly python?: PythonOrigin | undefined;
  readonly earlier: EarlierBuild | null;
}

/** Why a step is run: the one reason that explains it, as a short sentence without a full stop. */
export function whyRebuilt(options: WhyOptions): string {
  const { steps, index, first, policy, requester, base, earlier } = options;
  const step = steps[index];
  if (policy === 'force') return `Forced by ${requester}`;
  if (policy === 'ignore') return `The cache is ignored, as ${requester} asked`;
  if (index > first) return `After step ${first + 1}, which is run`;
  if (step !== undefined && 'force_build' in step && step.force_build) return 'The step has force_build';
  if (earlier === null) return 'The first build of these steps';
  const { number } = earlier;
  return (
    whyBase(base, { number, ...earlier.base }) ??
    whyStep(options, earlier) ??
    `Its result is not in the cache any more`
  );
}

/** Looks at this step and those before it: a result that is gone hides which of them changed. */
function whyStep({ steps, index, secretIds, python }: WhyOptions, earlier: EarlierBuild): string | undefined {
  for (let at = 0; at <= index; at += 1) {
    const [now, before] = [steps[at], earlier.steps[at]];
    if (now === undefined) return undefined;
    if (before === undefined) return `Step ${at + 1} is new since #${earlier.number}`;
    if (canonicalStep(now) !== canonicalStep(before)) return `Step ${at + 1}: ${changeOf(before, now)}`;
    if (now.kind === 'add_python' && python !== undefined && earlier.pythonDigest !== python.digest) {
      return `Python ${now.version} moved (${python.reference}: ${short(earlier.pythonDigest ?? '')} -> ${short(python.digest)})`;
    }
    const other = secretsOf(now).find((name) => secretIds.get(name) !== earlier.secretIds.get(name));
    if (other !== undefined)
      return `Step ${at + 1}: the secret ${other} is another one than in #${earlier.number}`;
  }
  return undefined;
}

/** `+numpy -scipy` for lists, else what kind of thing it became. */
export function changeOf(before: BuiltStep, now: BuiltStep): string {
  if (before.kind !== now.kind) return `${now.kind} in place of ${before.kind}`;
  const content = changedContent(before, now);
  if (content !== undefined) return content;
  const [old, current] = [itemsOf(before), itemsOf(now)];
  const added = current.filter((item) => !old.includes(item)).map((item) => `+${clip(item, 40)}`);
  const removed = old.filter((item) => !current.includes(item)).map((item) => `-${clip(item, 40)}`);
  const changes = [...added, ...removed];
  if (changes.length === 0) return `${now.kind} has other options`;
  const rest = changes.length - namedMax;
  return rest > 0 ? `${changes.slice(0, namedMax).join(' ')} and ${rest} more` : changes.join(' ');
}

/** Of a file that both put in one place, or copy under one name. */
function changedContent(before: BuiltStep, now: BuiltStep): string | undefined {
  const placeOf = (step: BuiltStep, name: string) => (step.kind === 'add_file' ? step.path : name);
  const old = new Map(filesOf(before).map(({ name, file }) => [placeOf(before, name), file]));
  for (const { name, file } of filesOf(now)) {
    const former = old.get(placeOf(now, name));
    if (former === undefined || former === file) continue;
    return `${clip(name, 40)} has other content (${short(former)} -> ${short(file)})`;
  }
  return undefined;
}

/** As many as fit one line. */
const namedMax = 3;

function itemsOf(step: BuiltStep): readonly string[] {
  switch (step.kind) {
    case 'pip_install':
    case 'uv_pip_install':
    case 'apt_install':
      return step.packages;
    case 'run_commands':
      return step.commands;
    case 'dockerfile_commands':
      return [...step.commands, ...step.files.map(({ name, mode }) => `${name} ${mode}`)];
    case 'add_python':
      return [step.version];
    case 'add_file':
      return [`${step.name} ${step.path} ${step.mode}`];
    case 'env':
      return Object.entries(step.variables).map(([name, value]) => `${name}=${value}`);
    case 'workdir':
      return [step.path];
    case 'entrypoint':
    case 'cmd':
      return step.arguments;
  }
}

function secretsOf(step: BuiltStep): readonly string[] {
  return 'secrets' in step ? step.secrets : [];
}
