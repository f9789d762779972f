import path from 'node:path';
import type { Settings } from '#lib/config/settings.ts';
import { prepareBuildah } from '#lib/engines/buildah.ts';
import { findEngine } from '#lib/engines/find-engine.ts';
import type { Logger } from '#lib/log/logger.ts';
import { removeUploads } from './bring-upload.ts';
import type { StepEquipment } from './load-steps.ts';
import { areOthersHere } from './worker-row.ts';

/**
 * Finds the engine for steps and makes it ready: what killed builds left behind, copies of secrets among it, is gone before the
 * worker says that it is ready.
 * @throws EngineFailedError when that cannot be removed
 */
export async function equipSteps(options: {
  readonly settings: Settings;
  readonly workerId: string;
  readonly logger: Logger;
}): Promise<StepEquipment> {
  const { settings, workerId, logger } = options;
  const searchPath = process.env.PATH ?? '';
  const folder = path.join(settings.dataFolder, 'engine');
  // Of another worker of this machine, which has made it ready, there may be builds.
  const isAlone = !(await areOthersHere({ workerId }));
  if (isAlone) await removeUploads(folder);
  const found = await findEngine({ choice: settings.engine, searchPath });
  if (found.facts === null) logger.info('No engine for steps', { reason: found.why });
  else {
    logger.info('Engine for steps found', { reason: `${found.facts.name} ${found.facts.version}` });
    if (isAlone) await prepareBuildah({ folder, searchPath });
  }
  return {
    facts: found.facts,
    folder,
    network: settings.stepNetwork,
    timeoutMs: settings.stepTimeoutMs,
    memoryBytes: settings.stepMemoryBytes,
    pythonImage: settings.pythonImage,
  };
}
