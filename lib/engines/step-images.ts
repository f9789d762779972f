import type { Platform } from '#lib/oci/types.ts';
import { manifestOf } from './manifest-of.ts';
import { configForEngine } from './step-config.ts';
import type { BaseImage, StepRun } from './types.ts';

/**
 * The base, and the images that the step copies from, as an engine is handed them: by the names of their layouts in the step's folder, and
 * each with a config of its own.
 */
export function layoutsOf({ base, images, platform }: StepRun): readonly (readonly [string, BaseImage])[] {
  const named = [
    ['base', base] as const,
    ...[...images].map(([name, image]) => [`image-${name}`, image] as const),
  ];
  return named.map(([name, image]) => [name, imageForEngine(image, platform)]);
}

function imageForEngine(image: BaseImage, platform: Platform): BaseImage {
  const config = configForEngine(image.config, platform);
  return { ...image, config, manifest: manifestOf({ config, layers: image.manifest.layers }) };
}

/** Lines that copy from images under other names. */
export function renameImages(
  lines: readonly string[],
  names: ReadonlyMap<string, string>,
): readonly string[] {
  return lines.map((line) =>
    line.replace(/^COPY --from=(\S+)/, (whole, name: string) => {
      const other = names.get(name);
      return other === undefined ? whole : `COPY --from=${other}`;
    }),
  );
}
