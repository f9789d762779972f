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
  },
): Promise<Ran> {
  const { rules = {}, lookup, ...more } = options;
  const egress = createEgress({
    registries: { registries: rules, tokenUris: [] },
    ...(lookup === undefined ? {} : { lookup }),
  });
  onTestFinished(() => egress.close());
  const views: PreflightView[] = [];
  const startedAtMs = performance.now();
  const result = await runPreflight({
    platform: 'linux/amd64',
    secret: null,
    connect: ({ registry, ...rest }) =>
      createRegistryClient({ registry, ...egress.forRegistry(registry), ...rest }),
    probe: (host) => egress.probe(host),
    clouds: {
      fetchFor: () => () => Promise.reject(new Error('No cloud here')),
      awsEndpoints: {},
      tokenUris: [],
    },
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
