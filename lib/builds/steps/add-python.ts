import type { StepImage } from '#lib/engines/take-result.ts';
import { newestGlibc } from '#lib/images/glibc-versions.ts';
import { checkGlibc, planPythonCopy } from '#lib/images/python-copy.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import type { StageLog } from '../log/stage-log.ts';
import { openStored } from './open-stored.ts';

/**
 * The instructions that put a Python from one image of the store into another. What would not work is said before anything runs.
 * @throws PythonMisfitError, LayerUnreadableError
 */
export async function addPythonLines(options: {
  readonly version: string;
  readonly source: StepImage;
  readonly base: StepImage;
  readonly store: BlobStore;
  readonly log: StageLog;
  readonly signal: AbortSignal;
}): Promise<readonly string[]> {
  const { version, signal } = options;
  const source = await openStored(options.source, options);
  const base = await openStored(options.base, options);
  const copy = planPythonCopy({ version, source, base });
  const library = copy.baseLibrary === undefined ? [] : [copy.baseLibrary];
  const needed = await newestGlibc({ layers: source.layers, files: copy.programs, signal });
  const provided = await newestGlibc({ layers: base.layers, files: library, signal });
  checkGlibc({ version, needed, provided });
  return copy.lines;
}
