import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import type { LayerSource } from '#lib/images/open-image.ts';

/** What lies at a path of a test's layer. A text is a file that nobody may execute. */
type TestEntry =
  | string
  | { readonly program: string | Uint8Array }
  | { readonly link: string }
  | { readonly hardLink: string }
  | { readonly ownedBy: number }
  | typeof folder
  | typeof device;

export const folder = Symbol('folder');
export const device = Symbol('device');

type TestEntries = readonly (readonly [path: string, entry: TestEntry])[];

/** Entries by path; a list of pairs where one path comes twice. */
export type TestTree = Readonly<Record<string, TestEntry>> | TestEntries;

/** An uncompressed tar archive, in the order of its entries. */
export async function archiveOf(tree: TestTree): Promise<Buffer> {
  const archive = pack();
  const entries = Array.isArray(tree)
    ? (tree as TestEntries)
    : Object.entries(tree as Record<string, TestEntry>);
  for (const [name, entry] of entries) {
    const { content, ...header } = headerOf(entry);
    archive.entry({ name, ...header }, content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function headerOf(entry: TestEntry): Partial<Header> & { readonly content: Buffer } {
  const content = Buffer.alloc(0);
  if (entry === folder) return { type: 'directory', mode: 0o755, content };
  if (entry === device) return { type: 'character-device', content };
  if (typeof entry === 'string') return { mode: 0o644, content: Buffer.from(entry) };
  if ('link' in entry) return { type: 'symlink', linkname: entry.link, mode: 0o777, content };
  if ('hardLink' in entry) return { type: 'link', linkname: entry.hardLink, content };
  if ('ownedBy' in entry) return { mode: 0o644, uid: entry.ownedBy, gid: entry.ownedBy, content };
  return { mode: 0o755, content: Buffer.from(entry.program) };
}

/** A layer that lies in memory, with the note that was left of it. `opened` counts how often its bytes were asked for. */
export interface MemoryLayer extends LayerSource {
  readonly opened: number;
  note: Uint8Array | undefined;
}

export function memoryLayer(packed: Uint8Array): MemoryLayer {
  let opened = 0;
  return {
    get opened() {
      return opened;
    },
    note: undefined,
    open() {
      opened += 1;
      return Readable.from([packed]);
    },
    async readNote() {
      return this.note;
    },
    async writeNote(bytes) {
      this.note = bytes;
    },
  };
}

/** The layers of an image, from the base up. */
export async function layersOf(...trees: readonly TestTree[]): Promise<readonly MemoryLayer[]> {
  return Promise.all(trees.map(async (tree) => memoryLayer(gzipSync(await archiveOf(tree), { level: 1 }))));
}
