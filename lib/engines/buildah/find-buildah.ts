import type { EngineAnswer, EngineWish } from '../engine-wish.ts';
import { missingPrograms, versionOf } from '../programs.ts';
import { stepNetworks } from '../types.ts';
import { installCommand } from './engine-packages.ts';

/** Whether Buildah can keep steps apart here. */
export async function findBuildah({ searchPath }: Pick<EngineWish, 'searchPath'>): Promise<EngineAnswer> {
  const version = await versionOf('buildah', { argument: '--version', searchPath });
  if (version === undefined) return none({ why: 'Buildah is not installed.', next: howToInstall });
  const missing = await missingPrograms(programs, searchPath);
  if (missing.length > 0) {
    return none({ why: `Buildah is here, but ${missing.join(', ')} is not.`, next: howToInstall });
  }
  if (process.getuid?.() !== 0) {
    return none({
      why: 'Buildah is here, but this worker does not run as root, which it needs to keep steps apart.',
      next: 'Run `slipway worker` as root.',
    });
  }
  return {
    engine: {
      kind: 'buildah',
      facts: {
        name: 'Buildah',
        version,
        isolation: 'runc, users of its own',
        isIsolated: true,
        networks: stepNetworks,
        limits: { memory: true, disk: false, processes: true },
      },
    },
  };
}

const howToInstall = `On Debian or Ubuntu, as root: ${installCommand}. Or start Slipway with --with-engine, which does that.`;

/** What Buildah's steps need besides Buildah. */
const programs = ['runc', 'setpriv', 'unshare', 'mount', 'slirp4netns', 'ip'];

function none(answer: { readonly why: string; readonly next: string }): EngineAnswer {
  return { engine: null, ...answer };
}
