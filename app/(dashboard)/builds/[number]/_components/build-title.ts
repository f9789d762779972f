import type { BuildHead, BuildView } from '#lib/builds/types.ts';

/** What the tab is called: by the image's name where the build is an image's. */
export function buildTitle(
  { number, image }: Pick<BuildHead, 'number' | 'image'>,
  state: BuildView['state'],
): string {
  return `${image === null ? '' : `${image.name} `}#${number} ${state} · Slipway`;
}
