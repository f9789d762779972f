import { z } from 'zod';
import { errorReportSchema } from '#lib/errors/schema.ts';
import type { Upload } from '#lib/images/schema.ts';
import { UploadTooLargeError } from '#lib/uploads/errors.ts';
import { pieceBytesMax, type UploadState, uploadStateSchema } from '#lib/uploads/schema.ts';

/** Why a file did not arrive, in words for people. */
export class UploadFailure extends Error {}

/**
 * Sends a file to the server in pieces, and goes on where it was when the connection comes back. What the workspace has already is not
 * sent at all.
 *
 * @throws UploadFailure, and the signal's reason
 */
export async function uploadFile(options: {
  readonly file: File;
  readonly onProgress: (sentBytes: number) => void;
  readonly signal: AbortSignal;
}): Promise<Upload> {
  const { file, onProgress, signal } = options;
  const hex = await digestOf(file);
  const address = `/api/uploads/${hex}`;
  let state = await ask(() => fetch(address, { signal }), signal);
  while (!state.isWhole) {
    const { receivedBytes: offset } = state;
    onProgress(offset);
    const body = file.slice(offset, offset + pieceBytesMax);
    const query = `size=${file.size}&offset=${offset}`;
    state = await ask(() => fetch(`${address}?${query}`, { method: 'PUT', body, signal }), signal);
  }
  return { name: safeName(file.name), file: `sha256:${hex}`, size_bytes: file.size };
}

async function digestOf(file: File): Promise<string> {
  // Browsers hash on https and localhost only, as they seal there only.
  if (!globalThis.isSecureContext) {
    throw new UploadFailure(
      'This page is not on https or localhost, where browsers can tell a file’s digest. Open it there.',
    );
  }
  try {
    const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  } catch {
    throw new UploadFailure('The browser could not read the file. It may be a folder, or have been moved.');
  }
}

/** One request and its answer, tried again while nobody answers. */
async function ask(request: () => Promise<Response>, signal: AbortSignal): Promise<UploadState> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await request().catch(() => null);
    signal.throwIfAborted();
    const state = response?.ok ? uploadStateSchema.safeParse(await response.json().catch(() => null)) : null;
    if (state?.success) return state.data;
    if (response !== null && response.status < 500) throw new UploadFailure(await whyNot(response));
    if (response?.status === 507) throw new UploadFailure(await whyNot(response));
    if (attempt === attemptsMax)
      throw new UploadFailure(
        'The server does not answer. What has arrived is kept: try again when the connection is back.',
      );
    await pause(attempt * pauseMs, signal);
  }
}

/** About ten seconds without a network: a lift, or a server that starts again. */
const attemptsMax = 5;
const pauseMs = 1_000;

const answerSchema = z.object({ error: errorReportSchema });

async function whyNot(response: Response): Promise<string> {
  const answer = answerSchema.safeParse(await response.json().catch(() => null));
  if (!answer.success) return 'The server refused the file. Reload the page and try again.';
  const { what, why, next } = answer.data.error;
  return `${what}. ${why} ${next}`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** The name as COPY can say it: what it would read otherwise becomes an underscore. */
export function safeName(name: string): string {
  return [...name]
    .map((character) => (/[\p{Cc}/$*?[\]\\'"`]/u.test(character) ? '_' : character))
    .join('')
    .replace(/^-/, '_')
    .slice(0, 255);
}

/** Why none of these files is sent; undefined when they can be. */
export function refusalOf(options: {
  readonly files: readonly Pick<File, 'name' | 'size'>[];
  readonly bytesMax: number;
  readonly takesSeveral: boolean;
}): string | undefined {
  const { files, bytesMax, takesSeveral } = options;
  if (files.length > 1 && !takesSeveral) {
    return `${files.length} files were dropped, and this step takes one. Drop one, and add a step for each of the others.`;
  }
  const large = files.find(({ size }) => size > bytesMax);
  if (large === undefined) return undefined;
  const { what, why, next } = new UploadTooLargeError({ sizeBytes: large.size, bytesMax }).advice;
  return `${files.length > 1 ? `${large.name}: ` : ''}${what}. ${why} ${next}`;
}
