import { onTestFinished } from 'vitest';
import { createEgress } from '#lib/egress/egress.ts';
import type { Lookup } from '#lib/egress/guarded-connector.ts';
import type { RegistryRule } from '#lib/egress/registries-config.ts';
import { createRegistryClient } from '#lib/oci/client.ts';
import { type PreflightOptions, type PreflightResult, runPreflight } from '#lib/preflight/run-preflight.ts';
import {
  type CheckName,
  checkNames,
  type PreflightCheck,
  type PreflightView,
} from '#lib/preflight/schema.ts';
import { cloudsOf } from '#lib/registries/clouds.ts';

export interface Ran extends PreflightResult {
  /** Everything that was shown, in order. */
  readonly views: readonly PreflightView[];
  check(name: CheckName): PreflightCheck;
  /** One line a check: `passed dns: …`. */
  readonly lines: readonly string[];
  readonly tookMs: number;
}

/** Runs a preflight through the real way out, which allows plain http to these hosts. */
export async function preflight(
  options: Partial<PreflightOptions> & {
    readonly reference: string | null;
    readonly rules?: Readonly<Record<string, RegistryRule>>;
    readonly lookup?: Lookup;
    readonly tokenUris?: readonly string[];
    /** Where ECR and STS are reached. */
    readonly awsEndpoint?: string | undefined;
  },
): Promise<Ran> {
  const { rules = {}, lookup, tokenUris = [], awsEndpoint, ...more } = options;
  const registries = { registries: rules, tokenUris: [...tokenUris] };
  const egress = createEgress({ registries, ...(lookup === undefined ? {} : { lookup }) });
  const address = awsEndpoint === undefined ? undefined : new URL(awsEndpoint);
  onTestFinished(() => egress.close());
  const views: PreflightView[] = [];
  const startedAtMs = performance.now();
  const result = await runPreflight({
    platform: 'linux/amd64',
    secret: null,
    connect: ({ registry, ...rest }) =>
      createRegistryClient({ registry, ...egress.forRegistry(registry), ...rest }),
    probe: (host) => egress.probe(host),
    clouds: cloudsOf({ egress, registries, awsEndpoints: { ecr: address, sts: address } }),
    signal: new AbortController().signal,
    onView: (view) => views.push(structuredClone(view)),
    ...more,
  });
  const { checks } = result.view;
  return {
    ...result,
    views,
    check(name) {
      const found = checks.find((check) => check.name === name);
      if (found === undefined) throw new Error(`There is no check ${name}`);
      return found;
    },
    lines: checks.map(({ name, state, detail }) => `${state} ${name}: ${detail}`),
    tookMs: performance.now() - startedAtMs,
  };
}

/** A failure as a person reads it, for tables of sentences. */
export function wordsOf({ view }: Pick<Ran, 'view'>): {
  readonly at: CheckName | undefined;
  readonly text: string;
  readonly paste: string | undefined;
} {
  const failed = view.checks.find(({ state }) => state === 'failed');
  const { what, why, next, paste } = failed?.problem ?? {};
  return { at: failed?.name, text: `${what} | ${why} | ${next}`, paste: paste?.text };
}

/** What every list keeps to, however it ended. */
export function faultsOf({ views, view }: Pick<Ran, 'views' | 'view'>): readonly string[] {
  const faults: string[] = [];
  for (const { checks } of views) {
    if (checks.map(({ name }) => name).join() !== checkNames.join()) faults.push('Not every check, in order');
    if (checks.filter(({ state }) => state === 'running').length > 1) faults.push('Two at once');
  }
  if (view.state !== 'ended') faults.push('Not ended');
  if (JSON.stringify(views.at(-1)) !== JSON.stringify(view)) faults.push('The last view is another');
  for (const { name, state, tookMs, problem, detail } of view.checks) {
    if (state === 'waiting' || state === 'running') faults.push(`${name} did not end`);
    if (state === 'passed' && tookMs === undefined) faults.push(`${name} has no time`);
    if ((state === 'failed' || state === 'warned') !== (problem !== undefined))
      faults.push(`${name}: problem`);
    if (detail === '') faults.push(`${name} says nothing`);
  }
  const failed = view.checks.findIndex(({ state }) => state === 'failed');
  if (failed >= 0 && view.checks.slice(failed + 1).some(({ state }) => state !== 'skipped'))
    faults.push('Something was tested after the failure');
  return faults;
}
