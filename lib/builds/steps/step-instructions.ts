import type { StepImage } from '#lib/engines/take-result.ts';
import type { BaseImage } from '#lib/engines/types.ts';
import { linesOfStep } from '#lib/images/dockerfile.ts';
import { pythonImageName } from '#lib/images/python-copy.ts';
import { repeatsCommand } from '#lib/images/repeated-command.ts';
import type { BuiltStep } from '#lib/images/schema.ts';
import { bringsManagedPython } from '#lib/images/step-needs.ts';
import { readImageConfig } from '../image-config.ts';
import { addPythonLines } from './add-python.ts';
import type { PythonSource } from './python-source.ts';
import type { RunStepsOptions, StepsWork } from './steps-work.ts';

export interface Instructions {
  readonly lines: readonly string[];
  /** What `COPY --from` names in them. */
  readonly images: ReadonlyMap<string, BaseImage>;
}

/**
 * What an engine is told to do for one step on its base.
 * @throws PythonMisfitError, LayerUnreadableError
 */
export async function instructionsOf(
  options: Pick<RunStepsOptions, 'isExternallyManaged' | 'store' | 'signal'> & {
    readonly work: Pick<StepsWork, 'steps'>;
  },
  one: {
    readonly step: BuiltStep;
    readonly index: number;
    readonly base: StepImage;
    readonly python: PythonSource | undefined;
  },
): Promise<Instructions> {
  const { work, store, signal } = options;
  const { step, index, base, python } = one;
  if (step.kind === 'add_python') {
    if (python === undefined) throw new TypeError('Python was not looked for');
    const source = await python.bring();
    const { version } = step;
    const lines = await addPythonLines({ version, source, base, store, signal });
    return { lines, images: new Map([[pythonImageName, source]]) };
  }
  // A Python that was added is nobody's but the image's own.
  const isExternallyManaged =
    python === undefined &&
    (options.isExternallyManaged || work.steps.slice(0, index).some(bringsManagedPython));
  const lines = linesOfStep(step, { isExternallyManaged });
  const command = repeatsCommand(work.steps, index) ? commandOf(base) : [];
  return { lines: [...lines, ...command], images: new Map() };
}

/** As the shell of its time made it, which the step may have changed. */
function commandOf({ config }: StepImage): readonly string[] {
  const { command = [] } = readImageConfig(config) ?? {};
  return command.length === 0 ? [] : [`CMD ${JSON.stringify(command)}`];
}
