import { decompress } from './decompress.ts';
import type { FoundFile } from './image-files.ts';
import { ContentsBuilder, MemoryBudget } from './layer-contents.ts';
import type { LayerSource } from './open-image.ts';
import { TarReader } from './tar-reader.ts';

/**
 * The newest version of glibc that files speak of: of programs and libraries the one that they need at least, of glibc itself
 * the one that it is. Minor numbers of 2.x; undefined where none is spoken of. Nothing is run: versions of symbols stand in
 * binaries as text. https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html
 */
export async function newestGlibc(options: {
  /** Of the image that the files are in. */
  readonly layers: readonly LayerSource[];
  readonly files: readonly FoundFile[];
  readonly signal: AbortSignal;
}): Promise<number | undefined> {
  const { layers, files, signal } = options;
  let newest: number | undefined;
  const wanted = Map.groupBy(files, ({ layerIndex }) => layerIndex);
  for (const [index, group] of wanted) {
    const source = layers[index];
    if (source === undefined) continue;
    const paths = new Set(group.map(({ layerPath }) => layerPath));
    for (const bytes of await readFiles({ source, paths, signal })) {
      for (const [, minor] of bytes.toString('latin1').matchAll(/GLIBC_2\.(\d{1,3})\b/g)) {
        newest = Math.max(newest ?? 0, Number(minor));
      }
    }
  }
  return newest;
}

/** libpython has some ten megabytes; what comes after these is not looked at. */
const fileBytesMax = 64 * 1024 * 1024;

async function readFiles(options: {
  readonly source: LayerSource;
  readonly paths: Set<string>;
  readonly signal: AbortSignal;
}): Promise<readonly Buffer[]> {
  const { source, paths, signal } = options;
  const packed = source.open();
  const found: Buffer[] = [];
  const names = new ContentsBuilder(new MemoryBudget(namesBytesMax));
  const reader = new TarReader((entry) => {
    const path = names.add(entry);
    if (path === undefined || !paths.has(path)) return undefined;
    return { bytesMax: fileBytesMax, take: (bytes) => void found.push(bytes) };
  });
  try {
    for await (const chunk of await decompress({ packed, signal })) {
      reader.push(chunk);
      if (reader.isDone || found.length === paths.size) break;
    }
    return found;
  } finally {
    packed.destroy();
  }
}

/** As for a whole image: its layers were read within this before. */
const namesBytesMax = 128 * 1024 * 1024;
