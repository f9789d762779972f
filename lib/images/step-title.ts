import { clip } from '#lib/errors/clip.ts';
import type { BuiltStep } from './schema.ts';

/** A step in one line, as lists and log heads name it: "pip_install huggingface torch". */
export function titleOfStep(step: BuiltStep): string {
  const text = `${step.kind} ${subjectOf(step)}`.trimEnd();
  return clip(text, titleMax);
}

/** A head shows about as much; the whole step is in the definition. */
const titleMax = 120;

function subjectOf(step: BuiltStep): string {
  switch (step.kind) {
    case 'pip_install':
    case 'uv_pip_install':
    case 'apt_install':
      return step.packages.toSorted().join(' ');
    case 'run_commands':
    case 'dockerfile_commands':
      return step.commands.length > 1
        ? `${step.commands[0]} and ${step.commands.length - 1} more`
        : (step.commands[0] ?? '');
    case 'add_python':
      return step.version;
    case 'add_file':
      return step.path.endsWith(`/${step.name}`) ? step.path : `${step.name} ${step.path}`;
    case 'env':
      return Object.keys(step.variables).join(' ');
    case 'workdir':
      return step.path;
    case 'entrypoint':
    case 'cmd':
      return JSON.stringify(step.arguments);
  }
}
