import path from 'node:path';
import type { Settings } from '#lib/config/settings.ts';
import { prepareEngine } from '#lib/engines/engine.ts';
import { claimEngineFolder, type EngineFolder } from '#lib/engines/engine-folder.ts';
import type { EngineNote } from '#lib/engines/engine-note.ts';
import { findEngine } from '#lib/engines/find-engine.ts';
import type { Logger } from '#lib/log/logger.ts';
import { removeUploads } from './bring-upload.ts';
import type { StepEquipment } from './load-steps.ts';

/**
 * Finds the engine for steps and makes it ready: what killed builds left behind, copies of secrets among it, is gone before the
 * worker says that it is ready.
 * @throws EngineFailedError when that cannot be removed
 */
export async function equipSteps(options: {
  readonly settings: Settings;
  readonly logger: Logger;
}): Promise<StepEquipment & Pick<EngineFolder, 'release'>> {
  const { settings, logger } = options;
  const searchPath = process.env.PATH ?? '';
  const { choice, ...builder } = settings.engine;
  const found = await findEngine({ choice, builder, searchPath });
  const { engine } = found;
  if (engine === null) logger.info('No engine for steps', { reason: found.why });
  else {
    const { name, version, isolation } = engine.facts;
    logger.info('Engine for steps found', { reason: `${name} ${version}, ${isolation}` });
  }
  const clear = async (each: string) => {
    await removeUploads(each);
    if (engine !== null) await prepareEngine(engine, { folder: each, searchPath });
  };
  const folder = await claimEngineFolder({ root: path.join(settings.dataFolder, 'engine'), clear });
  return {
    engine,
    lack: found.engine === null ? { why: found.why, next: found.next } : null,
    folder: folder.path,
    release: folder.release,
    tidy: () => clear(folder.path),
    network: settings.stepNetwork,
    timeoutMs: settings.stepTimeoutMs,
    memoryBytes: settings.stepMemoryBytes,
    pythonImage: settings.pythonImage,
  };
}

/** What people on other machines are told of it. */
export function noteOf(equipment: StepEquipment): EngineNote {
  const { engine, lack, network, timeoutMs, memoryBytes = null } = equipment;
  const facts = engine?.facts ?? null;
  return { facts, why: lack?.why ?? '', next: lack?.next ?? '', network, timeoutMs, memoryBytes };
}
