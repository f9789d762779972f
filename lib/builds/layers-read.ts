import type { OpenedLayer } from '#lib/images/open-image.ts';
import type { ImageManifest } from '#lib/oci/types.ts';
import { formatBytes, formatCountOf, formatDigestShort } from './format.ts';
import type { StageLog } from './log/stage-log.ts';

/** Says of each layer that it was looked through, but for those that earlier builds have noted. */
export function tellLayers(
  log: StageLog,
  { layers }: Pick<ImageManifest, 'layers'>,
): (layer: OpenedLayer) => void {
  return ({ index, contents: { fileCount, fileBytes }, isNoted }) => {
    const files = `${formatCountOf(fileCount, 'file')}, ${formatBytes(fileBytes)} unpacked`;
    const name = formatDigestShort(layers[index]?.digest ?? '');
    if (!isNoted) log.say('layer', `${index + 1} ${name}  looked through: ${files}`);
  };
}
