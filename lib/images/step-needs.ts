import type { RequirementName } from './requirements.ts';
import type { BuiltStep } from './schema.ts';

/**
 * What the base has to have for these steps. Steps that run commands may bring Python or pip themselves, so only what comes before
 * the first of them is sure to need it from the base.
 */
export function needsOf(steps: readonly BuiltStep[]): ReadonlySet<RequirementName> {
  const first = steps.find(isRunning);
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

/** What the first step that runs something finds set beside the base's own variables: `NAME=value` each. */
export function variablesBeforeRunning(steps: readonly BuiltStep[]): readonly string[] {
  const first = steps.findIndex(isRunning);
  return steps
    .slice(0, first === -1 ? steps.length : first)
    .flatMap((step) => (step.kind === 'env' ? Object.entries(step.variables) : []))
    .map(([name, value]) => `${name}=${value}`);
}

function isRunning({ kind }: BuiltStep): boolean {
  return runningKinds.has(kind);
}
