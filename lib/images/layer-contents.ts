import { LayerUnreadableError } from './errors.ts';
import { type EntryKind, isWhiteout, listingEntry } from './folder-listing.ts';

/** What one layer's archive says, without the bytes of its files. Paths have no slash at either end; the root is ''. */
export interface LayerContents {
  /** The listing of each folder of which the layer says anything (see `folder-listing.ts`). */
  readonly folders: ReadonlyMap<string, string>;
  /** The beginnings of the few files that were worth keeping. */
  readonly files: ReadonlyMap<string, KeptFile>;
  /** Files, links and devices; no folders, no whiteouts. */
  readonly fileCount: number;
  /** All files unpacked. */
  readonly fileBytes: number;
  /** Entries that no engine would put into the image's file system, such as `../../etc/passwd`. */
  readonly strangeCount: number;
}

export interface KeptFile {
  /** Empty for a file that is no text. */
  readonly text: string;
  readonly isText: boolean;
  /** Whether it is the whole file, or only its beginning. */
  readonly isWhole: boolean;
}

export interface ArchiveEntry {
  readonly name: string;
  readonly kind: EntryKind;
  /** Of links. */
  readonly target: string;
  readonly sizeBytes: number;
}

/** Memory that all layers of an image share: there may be any number of them, and of names in each. */
export class MemoryBudget {
  readonly #bytesMax: number;
  #takenBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @throws LayerUnreadableError when there is no more */
  take(bytes: number): void {
    this.#takenBytes += bytes;
    if (this.#takenBytes <= this.#bytesMax) return;
    throw new LayerUnreadableError({
      why: 'the image has so many files that their names alone take more memory than a build has for them',
      next: 'Have fewer files in the image: archives within it count as one.',
    });
  }
}

/** What a layer takes of that. */
export function memoryBytesOf({ folders, files }: LayerContents): number {
  let bytes = 0;
  for (const [path, listing] of folders) bytes += path.length + listing.length + mapEntryBytes;
  for (const [path, { text }] of files) bytes += path.length + text.length + mapEntryBytes;
  return bytes;
}

/** Takes the entries of one archive in their order: a later one replaces an earlier one, as unpacking it would. */
export class ContentsBuilder {
  readonly #folders = new Map<string, Listing>([['', new Listing()]]);
  /** The folder whose names are coming: archives go through them one after the other. */
  #open: Listing | undefined;
  /** Symbolic links of this layer: a later entry may be written through them. */
  readonly #links = new Map<string, string>();
  readonly #files = new Map<string, KeptFile>();
  readonly #budget: MemoryBudget;
  #fileCount = 0;
  #fileBytes = 0;
  #strangeCount = 0;
  #removedCount = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /**
   * @returns the path at which the entry comes to lie; undefined for one that cannot lie anywhere
   * @throws LayerUnreadableError when the budget is used up
   */
  add(entry: ArchiveEntry): string | undefined {
    const parts = partsOf(entry.name);
    if (parts === undefined || entry.target.length > pathCharactersMax || entry.target.includes('\0')) {
      this.#strangeCount += 1;
      return undefined;
    }
    const name = parts.pop();
    // The archive's own root, `./`.
    if (name === undefined) return undefined;
    const parent = this.#realFolder(parts);
    if (parent === undefined) {
      this.#strangeCount += 1;
      return undefined;
    }
    const path = join(parent, name);
    if (entry.kind === 'd') {
      this.#links.delete(path);
      this.#ensureFolder(path);
    } else {
      if (this.#folders.has(path)) this.#removeFolder(path);
      if (entry.kind === 'l') this.#setLink(path, entry.target);
      else this.#links.delete(path);
      if (!isWhiteout(name)) this.#fileCount += 1;
      this.#fileBytes += entry.sizeBytes;
    }
    this.#files.delete(path);
    this.#append(parent, listingEntry(name, entry));
    return path;
  }

  /** @throws LayerUnreadableError when the budget is used up */
  keep(path: string, file: KeptFile): void {
    this.#files.set(path, file);
    this.#budget.take(path.length + file.text.length + mapEntryBytes);
  }

  finish(): LayerContents {
    return {
      folders: new Map([...this.#folders].map(([path, listing]) => [path, listing.text()])),
      files: this.#files,
      fileCount: this.#fileCount,
      fileBytes: this.#fileBytes,
      strangeCount: this.#strangeCount,
    };
  }

  /**
   * Where the folder lies once the links of this layer are followed; undefined where they lead nowhere. Folders that no
   * entry names are made.
   */
  #realFolder(parts: readonly string[]): string | undefined {
    const given = parts.join('/');
    if (this.#folders.has(given)) return given;
    let real = '';
    const todo = [...parts].reverse();
    for (let steps = 0; todo.length > 0; steps += 1) {
      if (steps === stepsMax) return undefined;
      const part = todo.pop();
      if (part === undefined || part === '' || part === '.') continue;
      if (part === '..') {
        real = parentOf(real);
        continue;
      }
      const path = join(real, part);
      const target = this.#links.get(path);
      if (target === undefined) {
        if (!this.#folders.has(path)) this.#append(real, listingEntry(part, { kind: 'd', target: '' }));
        this.#ensureFolder(path);
        real = path;
        continue;
      }
      if (target.startsWith('/')) real = '';
      const targetParts = target.split('/');
      if (targetParts.length + todo.length > stepsMax) return undefined;
      todo.push(...targetParts.reverse());
    }
    return real;
  }

  /** A file in place of a folder takes away all that was in it. */
  #removeFolder(path: string): void {
    this.#removedCount += 1;
    if (this.#removedCount > removedFoldersMax) {
      throw new LayerUnreadableError({ why: 'it replaces folders of its own by files again and again' });
    }
    for (const other of this.#folders.keys()) {
      if (other === path || other.startsWith(`${path}/`)) this.#folders.delete(other);
    }
  }

  #setLink(path: string, target: string): void {
    this.#links.set(path, target);
    this.#budget.take(path.length + target.length + mapEntryBytes);
  }

  #ensureFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#folders.set(path, new Listing());
    this.#budget.take(path.length + mapEntryBytes);
  }

  #append(folder: string, entry: string): void {
    const listing = this.#folders.get(folder);
    if (listing !== this.#open) this.#open?.pack();
    this.#open = listing;
    listing?.add(entry);
    this.#budget.take(entry.length + listEntryBytes);
  }
}

/** A listing that grows. Strings made of others keep all of them in memory; joined, they are one plain string. */
class Listing {
  readonly #packed: string[] = [];
  #fresh: string[] = [];

  add(entry: string): void {
    this.#fresh.push(entry);
    if (this.#fresh.length === freshMax) this.pack();
  }

  pack(): void {
    if (this.#fresh.length === 0) return;
    this.#packed.push(this.#fresh.join(''));
    this.#fresh = [];
  }

  text(): string {
    this.pack();
    return this.#packed.join('');
  }
}

/**
 * The parts of a path of an archive: undefined when it leads out of the image, or is longer than any path may be.
 * Whoever unpacks refuses these, so nothing of the image can lie there.
 */
function partsOf(name: string): string[] | undefined {
  if (name.length > pathCharactersMax || name.includes('\0')) return undefined;
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part.length > nameCharactersMax) return undefined;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts;
}

export function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** PATH_MAX and NAME_MAX of Linux (limits.h), in characters: no Linux can make what is longer. */
const pathCharactersMax = 4096;
const nameCharactersMax = 255;

/** Parts of a path and of the links on its way. People's have some ten; each costs time for every entry below it. */
const stepsMax = 1_000;

/** About what V8 takes for a string and its place in a map or in a list, beside the characters. */
const mapEntryBytes = 160;
const listEntryBytes = 32;

/** Each costs a look at every folder. Archives that were put together from others have one or two. */
const removedFoldersMax = 100;

/** Entries between two joins: few enough that they take no memory to speak of. */
const freshMax = 256;
