import type { OpenedLayer } from '#lib/images/open-image.ts';
import { needsOf } from '#lib/images/step-needs.ts';
import { parsePlatform } from '#lib/oci/platform.ts';
import type { ResolvedImage } from '#lib/pull/resolve.ts';
import type { StageLog } from '../build-log.ts';
import { ImageCheckError } from '../errors.ts';
import { formatBytes, formatCountOf, formatDigestShort } from '../format.ts';
import type { Check } from '../schema.ts';
import type { RunBuildOptions } from './build-options.ts';
import { checkImage } from './check-image.ts';

/**
 * Looks at what was pulled before a step runs in it.
 * @throws ImageCheckError for the first check that failed
 */
export async function check(
  options: RunBuildOptions,
  image: ResolvedImage,
  log: StageLog,
): Promise<readonly Check[]> {
  const platform = parsePlatform(options.platform);
  const { store, signal, steps } = options;
  const needs = needsOf(steps?.steps ?? []);
  const onLayer = ({ index, contents, isNoted }: OpenedLayer) => {
    const digest = formatDigestShort(image.manifest.layers[index]?.digest ?? '');
    const { fileCount, fileBytes } = contents;
    const files = `${formatCountOf(fileCount, 'file')}, ${formatBytes(fileBytes)} unpacked`;
    if (!isNoted) log.say('layer', `${index + 1} ${digest}  looked through: ${files}`);
  };
  const checks = await checkImage({ image, platform, store, needs, signal, onLayer });
  for (const { name, state, detail } of checks) {
    const line = `${name.toLowerCase()}: ${detail}`;
    if (state === 'passed' || state === 'skipped') log.say('check', line);
    else log.warn('check', line);
  }
  options.emit({ kind: 'checks', checks: [...checks] });
  const failed = checks.find(({ state }) => state === 'failed');
  if (failed !== undefined) throw new ImageCheckError(failed);
  return checks;
}
