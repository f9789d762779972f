import { makeDebianLayers } from './debian-image.ts';
import { buildahRoot, dockerRoot } from './debian-root.ts';

/**
 * Begins to make the Debian systems that tests need, beside the first tests: on a new machine that takes a minute or two and depends on
 * its line to Debian's mirrors. Who needs one waits for it, and makes it if this failed. Later runs find them made.
 */
export default function setup(): () => Promise<unknown> {
  const made = Promise.allSettled([makeDebianLayers(), dockerRoot(), buildahRoot()]);
  return () => made;
}
