import type { ImageShape } from './images.ts';

/** What is pulled, over which line, and what the folder holds before. */
export interface Scenario {
  readonly name: string;
  readonly image: ShapeName;
  readonly line: 'loopback' | 'tls' | 'throttled' | 'throttled tls';
  /** Pulled into the same folder first, unmeasured. */
  readonly before?: ShapeName;
  /** How many clients pull at once, each into a folder of its own. */
  readonly atOnce?: number;
  /** Onto the disk with the temporary files, rather than into memory; beside it, into a durable store. */
  readonly isOnDisk?: boolean;
}

export type ShapeName = 'small' | 'large' | 'huge' | 'sibling';

export const scenarios: readonly Scenario[] = [
  { name: 'many small layers', image: 'small', line: 'loopback' },
  { name: 'few large layers', image: 'large', line: 'loopback' },
  { name: 'one huge layer', image: 'huge', line: 'loopback' },
  { name: 'few large layers, TLS', image: 'large', line: 'tls' },
  { name: 'one huge layer, TLS', image: 'huge', line: 'tls' },
  { name: 'many small layers, 40 MB/s and 30 ms', image: 'small', line: 'throttled' },
  { name: 'few large layers, 40 MB/s and 30 ms', image: 'large', line: 'throttled' },
  { name: 'one huge layer, 40 MB/s and 30 ms', image: 'huge', line: 'throttled' },
  { name: 'one huge layer, 40 MB/s and 30 ms, TLS', image: 'huge', line: 'throttled tls' },
  { name: 'again, nothing changed', image: 'large', line: 'loopback', before: 'large' },
  { name: 'sibling, one layer is new', image: 'sibling', line: 'loopback', before: 'large' },
  { name: 'few large layers, 8 at once', image: 'large', line: 'loopback', atOnce: 8 },
  { name: 'few large layers, onto a disk', image: 'large', line: 'loopback', isOnDisk: true },
];

/** Images of so many bytes each. The sibling shares all layers of `large` but one. */
export function shapesOf(totalBytes: number): Readonly<Record<ShapeName, ImageShape>> {
  const evenly = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      seed: `${name}-${index}`,
      fileBytes: Math.floor(totalBytes / count),
    }));
  const large = evenly('large', largeLayers);
  const shape = (name: string, layers: ImageShape['layers']) => ({
    repository: 'bench/image',
    tag: name,
    layers,
  });
  return {
    small: shape('small', evenly('small', 60)),
    large: shape('large', large),
    huge: shape('huge', evenly('huge', 1)),
    sibling: shape('sibling', [...large.slice(1), ...evenly('sibling', largeLayers).slice(0, 1)]),
  };
}

const largeLayers = 6;
