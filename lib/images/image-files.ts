import { type FolderEntry, findEntry, isHiddenBelow, isWhiteout, namesIn } from './folder-listing.ts';
import { join, type KeptFile, type LayerContents, nameOf, parentOf } from './layer-contents.ts';

/** What lies at a path of the image, once all links are followed. `path` is where it really lies: `/usr/bin/python3.11`. */
export type Found =
  | { readonly kind: 'folder' | 'other'; readonly path: string }
  | FoundFile
  | { readonly kind: 'missing' | 'loop'; readonly path: string };

export interface FoundFile {
  readonly kind: 'file';
  readonly path: string;
  readonly isExecutable: boolean;
  /** Which layer its bytes are in, from the base, and at which path there. */
  readonly layerIndex: number;
  readonly layerPath: string;
}

/** A folder on the way, and the lowest layer of which something may be seen in it. */
interface Place {
  readonly path: string;
  readonly floor: number;
}

/** An entry that is no hard link, and where it was found. */
interface Inode extends FolderEntry {
  readonly layerIndex: number;
  readonly layerPath: string;
  /** Of a folder: the lowest layer that still has a part in it. */
  readonly floor: number;
}

/** One look at one path. All links on its way, and on theirs, count together. */
interface Walk {
  readonly path: string;
  readonly top: number;
  readonly hops: { count: number };
}

/**
 * The file system that the layers of an image make together. Nothing is merged: a path is looked up part by part from
 * the top layer down, as an overlay file system does, so it costs what is asked and not what there is.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets
 */
export class ImageFiles {
  readonly #layers: readonly LayerContents[];
  readonly #readAgain: (file: FoundFile) => Promise<KeptFile | undefined>;

  /**
   * @param options.layers from the base up
   * @param options.readAgain gets a file that was not kept out of its layer
   */
  constructor(options: {
    readonly layers: readonly LayerContents[];
    readonly readAgain: (file: FoundFile) => Promise<KeptFile | undefined>;
  }) {
    this.#layers = options.layers;
    this.#readAgain = options.readAgain;
  }

  /** Looks a path up from the image's root. */
  find(path: string): Found {
    return this.#resolve(this.#walkTo(path)).found;
  }

  /** Whether anything has this name, be it a link that leads nowhere. */
  has(path: string): boolean {
    const walk = this.#walkTo(parentOf(path));
    const { place } = this.#resolve(walk);
    return place !== undefined && this.#lookUp(place, nameOf(path), walk) !== undefined;
  }

  /** The names in a folder, in no order; none when there is no such folder. */
  names(path: string): readonly string[] {
    const walk = this.#walkTo(path);
    const { place } = this.#resolve(walk);
    if (place === undefined) return [];
    const names = new Set<string>();
    for (const { folders } of this.#layers.slice(place.floor)) {
      for (const name of namesIn(folders.get(place.path) ?? '')) {
        if (names.size === namesMax) break;
        if (!isWhiteout(name)) names.add(name);
      }
    }
    return [...names].filter((name) => this.#lookUp(place, name, walk) !== undefined);
  }

  /** The beginning of a file that `find` found. Undefined when it cannot be had. */
  async read(file: FoundFile): Promise<KeptFile | undefined> {
    return this.#layers[file.layerIndex]?.files.get(file.layerPath) ?? (await this.#readAgain(file));
  }

  #walkTo(path: string): Walk {
    return { path, top: this.#layers.length - 1, hops: { count: 0 } };
  }

  /** https://man7.org/linux/man-pages/man7/path_resolution.7.html */
  #resolve(walk: Walk): { readonly found: Found; readonly place?: Place } {
    const places: Place[] = [{ path: '', floor: 0 }];
    const todo = walk.path.split('/').reverse();
    while (todo.length > 0) {
      const part = todo.pop();
      const here = places.at(-1);
      if (part === undefined || part === '' || part === '.' || here === undefined) continue;
      if (part === '..') {
        // The root's parent is the root.
        if (places.length > 1) places.pop();
        continue;
      }
      const path = join(here.path, part);
      const inode = this.#lookUp(here, part, walk);
      if (inode === undefined) return { found: { kind: 'missing', path: `/${path}` } };
      if (inode.kind === 'd') {
        places.push({ path, floor: inode.floor });
      } else if (inode.kind === 'l') {
        walk.hops.count += 1;
        if (walk.hops.count > hopsMax) return { found: { kind: 'loop', path: `/${path}` } };
        if (inode.target.startsWith('/')) places.length = 1;
        todo.push(...inode.target.split('/').reverse());
      } else {
        const isLast = todo.every((rest) => rest === '');
        return { found: isLast ? foundAt(path, inode) : { kind: 'missing', path: `/${path}` } };
      }
    }
    const place = places.at(-1) ?? { path: '', floor: 0 };
    return { found: { kind: 'folder', path: `/${place.path}` }, place };
  }

  /** A name in a folder: the topmost layer that says anything about it decides. */
  #lookUp(place: Place, name: string, walk: Walk): Inode | undefined {
    for (let layerIndex = walk.top; layerIndex >= place.floor; layerIndex -= 1) {
      const listing = this.#layers[layerIndex]?.folders.get(place.path);
      if (listing === undefined) continue;
      const entry = findEntry(listing, name);
      if (entry?.kind === 'h') return this.#linked(entry.target, { ...walk, top: layerIndex });
      if (entry !== undefined) {
        const floor = entry.kind === 'd' ? this.#floorOf(place, name, layerIndex) : layerIndex;
        return { ...entry, layerIndex, layerPath: join(place.path, name), floor };
      }
      if (isHiddenBelow(listing, name)) return undefined;
    }
    return undefined;
  }

  /** Down to where a folder goes on: no lower than a layer that hides what is below, or one that has a file there. */
  #floorOf(place: Place, name: string, from: number): number {
    for (let layerIndex = from; layerIndex >= place.floor; layerIndex -= 1) {
      const listing = this.#layers[layerIndex]?.folders.get(place.path);
      if (listing === undefined) continue;
      const entry = findEntry(listing, name);
      if (entry !== undefined && entry.kind !== 'd') return layerIndex + 1;
      if (isHiddenBelow(listing, name)) return layerIndex;
    }
    return place.floor;
  }

  /** What a hard link stands for: what its target was in the link's own layer, or below. Never a folder. */
  #linked(target: string, walk: Walk): Inode | undefined {
    walk.hops.count += 1;
    if (walk.hops.count > hopsMax) return undefined;
    const { place } = this.#resolve({ ...walk, path: parentOf(target) });
    const inode = place && this.#lookUp(place, nameOf(target), walk);
    return inode?.kind === 'd' ? undefined : inode;
  }
}

function foundAt(path: string, { kind, layerIndex, layerPath }: Inode): Found {
  if (kind !== 'x' && kind !== 'f') return { kind: 'other', path: `/${path}` };
  return { kind: 'file', path: `/${path}`, isExecutable: kind === 'x', layerIndex, layerPath };
}

/** Folders that anybody looks through have some hundred names. */
const namesMax = 20_000;

/** As many links as Linux follows before it says ELOOP: https://man7.org/linux/man-pages/man7/path_resolution.7.html */
const hopsMax = 40;
