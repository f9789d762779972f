import { clip } from '#lib/errors/clip.ts';
import type { Step } from './schema.ts';
import { canonicalStep } from './step-keys.ts';

/** What of an earlier build tells why a later one differs. */
export interface EarlierBuild {
  readonly number: number;
  readonly steps: readonly Step[];
  readonly base: { readonly digest: string; readonly platform: string };
  readonly secretIds: ReadonlyMap<string, string>;
}

interface WhyOptions {
  readonly steps: readonly Step[];
  /** The step asked about, and the first that has to run. */
  readonly index: number;
  readonly first: number;
  readonly policy: 'use' | 'force' | 'ignore';
  readonly requester: string;
  readonly base: { readonly reference: string; readonly digest: string; readonly platform: string };
  readonly secretIds: ReadonlyMap<string, string>;
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
  if (earlier.base.platform !== base.platform) {
    return `The platform is ${base.platform}; in #${number} it was ${earlier.base.platform}`;
  }
  if (earlier.base.digest !== base.digest) {
    return `Base digest moved (${base.reference}: ${short(earlier.base.digest)} -> ${short(base.digest)})`;
  }
  return whyStep(options, earlier) ?? `Its result is not in the cache any more`;
}

/** Looks at this step and those before it: a result that is gone hides which of them changed. */
function whyStep({ steps, index, secretIds }: WhyOptions, earlier: EarlierBuild): string | undefined {
  for (let at = 0; at <= index; at += 1) {
    const [now, before] = [steps[at], earlier.steps[at]];
    if (now === undefined) return undefined;
    if (before === undefined) return `Step ${at + 1} is new since #${earlier.number}`;
    if (canonicalStep(now) !== canonicalStep(before)) return `Step ${at + 1}: ${changeOf(before, now)}`;
    const other = secretsOf(now).find((name) => secretIds.get(name) !== earlier.secretIds.get(name));
    if (other !== undefined)
      return `Step ${at + 1}: the secret ${other} is another one than in #${earlier.number}`;
  }
  return undefined;
}

/** `+numpy -scipy` for lists, else what kind of thing it became. */
function changeOf(before: Step, now: Step): string {
  if (before.kind !== now.kind) return `${now.kind} in place of ${before.kind}`;
  const [old, current] = [itemsOf(before), itemsOf(now)];
  const added = current.filter((item) => !old.includes(item)).map((item) => `+${clip(item, 40)}`);
  const removed = old.filter((item) => !current.includes(item)).map((item) => `-${clip(item, 40)}`);
  const changes = [...added, ...removed];
  if (changes.length === 0) return `${now.kind} has other options`;
  const rest = changes.length - namedMax;
  return rest > 0 ? `${changes.slice(0, namedMax).join(' ')} and ${rest} more` : changes.join(' ');
}

/** As many as fit one line. */
const namedMax = 3;

function itemsOf(step: Step): readonly string[] {
  switch (step.kind) {
    case 'pip_install':
    case 'uv_pip_install':
    case 'apt_install':
      return step.packages;
    case 'run_commands':
    case 'dockerfile_commands':
      return step.commands;
    case 'env':
      return Object.entries(step.variables).map(([name, value]) => `${name}=${value}`);
    case 'workdir':
      return [step.path];
    case 'entrypoint':
    case 'cmd':
      return step.arguments;
  }
}

function secretsOf(step: Step): readonly string[] {
  return 'secrets' in step ? step.secrets : [];
}

function short(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 4);
}
