import { makeDebianLayers } from './debian-image.ts';
import { buildahRoot, dockerRoot } from './debian-root.ts';

/**
 * Makes the Debian systems that tests need before the first test runs, where nothing is bounded in time: on a new machine that takes a
 * minute or two and depends on its line to Debian's mirrors. Later runs find them made.
 */
export default async function setup(): Promise<void> {
  await Promise.all([makeDebianLayers(), dockerRoot(), buildahRoot()]);
}
