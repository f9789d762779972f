import { z } from 'zod';
import { createBuildah, prepareBuildah } from './buildah/buildah.ts';
import { builderSchema } from './buildkit/builder.ts';
import { createBuildkit, prepareBuildkit } from './buildkit/buildkit.ts';
import { engineFactsSchema } from './engine-facts.ts';
import type { Engine } from './types.ts';

/** An engine that was found, with what the process of a build has to know to use it. */
export const engineSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('buildah'), facts: engineFactsSchema }),
  z.object({ kind: z.literal('buildkit'), facts: engineFactsSchema, builder: builderSchema }),
]);
export type FoundEngine = z.infer<typeof engineSchema>;

export interface EnginePlace {
  /** Where the engine keeps what it needs. Nothing else is in it. */
  readonly folder: string;
  /** Where programs are looked for; a step sees none of them. */
  readonly searchPath: string;
}

/**
 * Removes what killed builds left behind, copies of secrets among it. For a worker's start, when no build of this machine runs.
 * @throws EngineFailedError when that cannot be removed
 */
export async function prepareEngine(engine: FoundEngine, place: EnginePlace): Promise<void> {
  if (engine.kind === 'buildah') await prepareBuildah(place);
  else await prepareBuildkit({ ...place, builder: engine.builder });
}

export function openEngine(
  engine: FoundEngine,
  place: EnginePlace & {
    /** The store that bases come from. */
    readonly storeFolder: string;
  },
): Engine {
  const { facts } = engine;
  if (engine.kind === 'buildah') return createBuildah({ ...place, facts });
  return createBuildkit({ ...place, facts, builder: engine.builder });
}
