import type { RequirementName } from './requirements.ts';
import type { BuiltStep } from './schema.ts';

/**
 * What the base has to have for these steps. Steps that run commands may bring Python or pip themselves, so only what comes before
 * the first of them is sure to need it from the base.
 */
export function needsOf(steps: readonly BuiltStep[]): ReadonlySet<RequirementName> {
  const [first] = steps.filter(({ kind }) => runningKinds.has(kind));
  if (first?.kind === 'pip_install') return new Set(['Python', 'pip']);
  return first?.kind === 'uv_pip_install' ? new Set(['Python']) : new Set();
}

const runningKinds: ReadonlySet<BuiltStep['kind']> = new Set([
  'add_python',
  'pip_install',
  'uv_pip_install',
  'apt_install',
  'run_commands',
  'dockerfile_commands',
]);

/** Whether a step brings Debian's own Python, which lets pip install only what it is told to. */
export function bringsManagedPython(step: BuiltStep): boolean {
  return step.kind === 'apt_install' && step.packages.some((name) => /^python3(?:$|[-.:=/])/.test(name));
}
