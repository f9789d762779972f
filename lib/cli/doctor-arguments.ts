import { type ImageArguments, parseImageArguments } from './image-arguments.ts';

/** @throws UsageError. What the reference and the platform are worth is a check. */
export function parseDoctorArguments(argv: readonly string[]): ImageArguments {
  const { values: _, ...image } = parseImageArguments({ argv, command: 'doctor', verb: 'check', more: {} });
  return image;
}
