import { needsOf, variablesBeforeRunning } from '#lib/images/step-needs.ts';
import { parsePlatform } from '#lib/oci/platform.ts';
import type { ResolvedImage } from '#lib/pull/resolve.ts';
import { ImageCheckError } from '../errors.ts';
import { tellLayers } from '../layers-read.ts';
import type { StageLog } from '../log/stage-log.ts';
import type { RunBuildOptions } from './build-options.ts';
import { checkImage } from './check-image.ts';

/**
 * Looks at what was pulled before a step runs in it.
 * @throws ImageCheckError for the first check that failed
 */
export async function check(options: RunBuildOptions, image: ResolvedImage, log: StageLog): Promise<void> {
  const platform = parsePlatform(options.platform);
  const { store, signal } = options;
  const steps = options.steps?.steps ?? [];
  const checks = await checkImage({
    image,
    platform,
    store,
    needs: needsOf(steps),
    env: variablesBeforeRunning(steps),
    signal,
    onLayer: tellLayers(log, image.manifest),
  });
  for (const { name, state, detail } of checks) {
    const line = `${name.toLowerCase()}: ${detail}`;
    if (state === 'passed' || state === 'skipped') log.say('check', line);
    else log.warn('check', line);
  }
  options.emit({ kind: 'checks', checks: [...checks] });
  const failed = checks.find(({ state }) => state === 'failed');
  if (failed !== undefined) throw new ImageCheckError(failed);
}
