import type { StageName } from '#lib/builds/schema.ts';

/** What people read as the names of the stages. */
export const stageLabels: Readonly<Record<StageName, string>> = {
  authenticate: 'Authenticate',
  resolve: 'Resolve',
  pull: 'Pull',
  check: 'Check',
  steps: 'Steps',
  publish: 'Publish',
};
