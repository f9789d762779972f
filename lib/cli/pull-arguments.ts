import { parsePlatform } from '#lib/oci/platform.ts';
import { parseReference, type Reference } from '#lib/oci/reference.ts';
import type { Platform } from '#lib/oci/types.ts';
import { type ImageArguments, parseImageArguments } from './image-arguments.ts';
import { UsageError } from './usage-error.ts';

export interface PullArguments extends Omit<ImageArguments, 'image' | 'platform'> {
  readonly reference: Reference;
  readonly folder: string;
  readonly platform: Platform;
}

/** @throws UsageError, InvalidReferenceError, InvalidPlatformError. Nothing typed after a password option is repeated. */
export function parsePullArguments(argv: readonly string[]): PullArguments {
  const { image, platform, values, ...common } = parseImageArguments({
    argv,
    command: 'pull',
    verb: 'pull',
    more: { to: { type: 'string' } },
  });
  const { to } = values;
  if (typeof to !== 'string') {
    throw new UsageError({
      what: 'There is no folder to pull into',
      why: 'The option --to DIR is missing.',
      command: 'pull',
    });
  }
  return { ...common, reference: parseReference(image), platform: parsePlatform(platform), folder: to };
}
