import path from 'node:path';
import { writeBaseLayout } from './base-layout.ts';
import { writeContext } from './context-folder.ts';
import { layoutsOf } from './step-images.ts';
import type { StepRun } from './types.ts';

/** Writes what every engine is handed for a step: a layout for each image, and the files that it copies, as `context`. */
export async function writeStepInputs(options: {
  readonly folder: string;
  readonly storeFolder: string;
  readonly run: StepRun;
}): Promise<void> {
  const { folder, storeFolder, run } = options;
  for (const [name, image] of layoutsOf(run)) {
    await writeBaseLayout({ folder: path.join(folder, name), storeFolder, image });
  }
  await writeContext(path.join(folder, 'context'), run.files);
}
