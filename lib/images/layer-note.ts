import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import type { LayerContents } from './layer-contents.ts';

/** Raised whenever the contents of the same layer would come out differently: older notes are then made anew. */
const version = 2;

const noteSchema = z.object({
  version: z.literal(version),
  folders: z.array(z.tuple([z.string(), z.string()])),
  files: z.array(
    z.tuple([z.string(), z.object({ text: z.string(), isText: z.boolean(), isWhole: z.boolean() })]),
  ),
  fileCount: z.int().min(0),
  fileBytes: z.number().min(0),
  strangeCount: z.int().min(0),
});

/** The contents of a layer as bytes to keep beside its blob: they can never change, and take long to find again. */
export async function writeNote(contents: LayerContents): Promise<Uint8Array> {
  const { folders, files, ...counts } = contents;
  const note: z.infer<typeof noteSchema> = {
    version,
    folders: [...folders],
    files: [...files],
    ...counts,
  };
  return promisify(gzip)(JSON.stringify(note), { level: 1 });
}

/** Undefined when the bytes are no note of this version: then the layer is read again. */
export async function readNote(bytes: Uint8Array | undefined): Promise<LayerContents | undefined> {
  if (bytes === undefined) return undefined;
  try {
    const text = await promisify(gunzip)(bytes, { maxOutputLength: noteBytesMax });
    const { version: _, folders, files, ...counts } = noteSchema.parse(JSON.parse(text.toString('utf8')));
    return { folders: new Map(folders), files: new Map(files), ...counts };
  } catch {
    return undefined;
  }
}

/** More than the names and kept files of a layer may take, so that a damaged note is no bomb. */
const noteBytesMax = 256 * 1024 * 1024;
