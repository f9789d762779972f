import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { NotALayoutError, systemCodeOf } from './errors.ts';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#oci-layout-file */
export function layoutMarker(root: string): { readonly to: string; readonly bytes: string } {
  return { to: path.join(root, 'oci-layout'), bytes: JSON.stringify({ imageLayoutVersion: '1.0.0' }) };
}

/**
 * True of a folder that is an image layout already, false of one that may become one.
 * @throws NotALayoutError when it holds something else
 */
export async function checkLayoutFolder(root: string): Promise<boolean> {
  const text = await readFile(layoutMarker(root).to, 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) {
    const strange = (await readdir(root)).find((name) => !mayPrecedeMarker.has(name));
    if (strange === undefined) return false;
    throw new NotALayoutError({
      folder: root,
      why: `It holds other things (${strange}) and no oci-layout file.`,
    });
  }
  if (isSupported(text)) return true;
  throw new NotALayoutError({ folder: root, why: 'Its oci-layout file does not say version 1.' });
}

/** What a crash may leave before the marker is written, and what a fresh file system has. */
const mayPrecedeMarker = new Set(['blobs', 'ingest', 'lost+found']);

function isSupported(text: string): boolean {
  const marker = z.object({ imageLayoutVersion: z.string().regex(/^1\./) });
  try {
    return marker.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
