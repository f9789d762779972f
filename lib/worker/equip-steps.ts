import path from 'node:path';
import type { Settings } from '#lib/config/settings.ts';
import { prepareEngine } from '#lib/engines/engine.ts';
import { claimEngineFolder, type EngineFolder } from '#lib/engines/engine-folder.ts';
import type { EngineNote } from '#lib/engines/engine-note.ts';
import type { EngineAnswer } from '#lib/engines/engine-wish.ts';
import { findEngine } from '#lib/engines/find-engine.ts';
import type { Logger } from '#lib/log/logger.ts';
import { removeUploads } from './bring-upload.ts';
import type { StepEquipment } from './load-steps.ts';

/** What a worker runs steps with, which may be found later than the worker starts. */
export interface FoundEquipment extends StepEquipment, Pick<EngineFolder, 'release'> {
  /** Looks again where no engine was found: one may have been installed, or started, since. */
  lookAgain(): Promise<void>;
}

/**
 * Finds the engine for steps and makes it ready: what killed builds left behind, copies of secrets among it, is gone before the
 * worker says that it is ready.
 * @throws EngineFailedError when that cannot be removed
 */
export async function equipSteps(options: {
  readonly settings: Settings;
  readonly logger: Logger;
}): Promise<FoundEquipment> {
  const { settings, logger } = options;
  const searchPath = process.env.PATH ?? '';
  const { choice, ...builder } = settings.engine;
  const find = () => findEngine({ choice, builder, searchPath });
  let found = await find();
  tell(found, logger);
  const clear = async (each: string) => {
    await removeUploads(each);
    if (found.engine !== null) await prepareEngine(found.engine, { folder: each, searchPath });
  };
  const folder = await claimEngineFolder({ root: path.join(settings.dataFolder, 'engine'), clear });
  return {
    get engine() {
      return found.engine;
    },
    get lack() {
      return found.engine === null ? { why: found.why, next: found.next } : null;
    },
    async lookAgain() {
      if (found.engine !== null) return;
      const now = await find();
      if (now.engine !== null) {
        await prepareEngine(now.engine, { folder: folder.path, searchPath });
        tell(now, logger);
      }
      found = now;
    },
    folder: folder.path,
    release: folder.release,
    tidy: () => clear(folder.path),
    network: settings.stepNetwork,
    timeoutMs: settings.stepTimeoutMs,
    memoryBytes: settings.stepMemoryBytes,
    pythonImage: settings.pythonImage,
  };
}

function tell({ engine, why = '' }: EngineAnswer, logger: Logger): void {
  if (engine === null) {
    logger.info('No engine for steps', { reason: why });
    return;
  }
  const { name, version, isolation } = engine.facts;
  logger.info('Engine for steps found', { reason: `${name} ${version}, ${isolation}` });
}

/** What people on other machines are told of it. */
export function noteOf(equipment: StepEquipment): EngineNote {
  const { engine, lack, network, timeoutMs, memoryBytes = null } = equipment;
  const facts = engine?.facts ?? null;
  return { facts, why: lack?.why ?? '', next: lack?.next ?? '', network, timeoutMs, memoryBytes };
}
