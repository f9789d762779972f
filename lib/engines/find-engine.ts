import { findBuildah } from './buildah/find-buildah.ts';
import { findBuildkit } from './buildkit/find-buildkit.ts';
import type { EngineAnswer, EngineWish } from './engine-wish.ts';

/**
 * Looks which engine can run steps here. Takes a fraction of a second; nothing is changed. By itself it takes Buildah where that can
 * keep steps apart: it needs no daemon, its steps have users of their own, and their network reaches nothing of this machine, which of a
 * builder nobody knows. Otherwise it takes a builder that answers.
 */
export async function findEngine(wish: EngineWish): Promise<EngineAnswer> {
  switch (wish.choice) {
    case 'none':
      return {
        engine: null,
        why: 'SLIPWAY_ENGINE is none.',
        next: 'Set it to auto to have one looked for.',
      };
    case 'buildah':
      return findBuildah(wish);
    case 'buildkit':
      return findBuildkit(wish);
    case 'auto':
      return findEither(wish);
  }
}

async function findEither(wish: EngineWish): Promise<EngineAnswer> {
  const buildah = await findBuildah(wish);
  if (buildah.engine !== null) return buildah;
  const buildkit = await findBuildkit(wish);
  if (buildkit.engine !== null) return buildkit;
  return { engine: null, why: `${buildah.why} ${buildkit.why}`, next: `${buildah.next} ${buildkit.next}` };
}
