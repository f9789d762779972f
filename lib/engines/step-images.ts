import type { BaseImage, StepRun } from './types.ts';

/** The base, and the images that the step copies from, by the names of their layouts in the step's folder. */
export function layoutsOf({ base, images }: StepRun): readonly (readonly [string, BaseImage])[] {
  return [['base', base], ...[...images].map(([name, image]) => [`image-${name}`, image] as const)];
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
