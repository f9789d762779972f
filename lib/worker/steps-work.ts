import type { StepsWork } from '#lib/builds/steps/steps-work.ts';
import { openEngine } from '#lib/engines/engine.ts';
import { parseDigest } from '#lib/oci/digest.ts';
import { missingUploads } from '#lib/uploads/errors.ts';
import type { Job } from './messages.ts';
import type { WorkerLine } from './worker-line.ts';

/** What a build's process does with its image, from what it was told. */
export function stepsWorkOf({ steps, storeFolder }: Job, line: WorkerLine): StepsWork | null {
  if (steps === null) return null;
  const { engine, engineFolder: folder, secrets, earlier, limits, ...rest } = steps;
  return {
    ...rest,
    secrets: new Map(secrets.map(({ name, ...secret }) => [name, secret])),
    earlier: earlier && { ...earlier, secretIds: new Map(earlier.secretIds) },
    results: {
      askForTurn: (key) => line.askForTurn(key),
      find: (keys) => line.findResults(keys),
      keep: (result) => line.keepResult(result),
    },
    uploads: {
      async fetch({ name, file }) {
        const place = await line.bringUpload(parseDigest(file));
        if (place === null) throw missingUploads([name]);
        return place;
      },
    },
    engine:
      engine === null
        ? null
        : openEngine(engine, { folder, storeFolder, searchPath: process.env.PATH ?? '' }),
    limits: { ...limits, memoryBytes: limits.memoryBytes },
  };
}
