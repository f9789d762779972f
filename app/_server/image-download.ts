import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { auth } from '#lib/auth/better-auth.ts';
import { isSessionOpen } from '#lib/auth/data.ts';
import { NotSignedInError } from '#lib/auth/errors.ts';
import { sessionOf } from '#lib/auth/session-of.ts';
import { signatureKey, signedSession } from '#lib/auth/signed-address.ts';
import type { CurrentSession } from '#lib/auth/types.ts';
import { openResult } from '#lib/builds/results/open-result.ts';
import { planResultArchive, type ResultArchive } from '#lib/builds/results/result-archive.ts';
import { readSettings } from '#lib/config/load-settings.ts';
import { readBlobArchive } from '#lib/store/blob-archive.ts';
import type { ImageLoan } from '#lib/store/loan.ts';
import { failureOf } from '../api/_http/failure.ts';
import { type ByteRange, parseByteRange } from './byte-range.ts';
import { parseDownload } from './download-address.ts';
import type { DownloadPath } from './download-path.ts';
import { errorPage } from './error-page.ts';

/**
 * Answers with a result as one tar, made while it is read from the store: its length is known and its bytes are always the same, so a
 * download that broke goes on where it stopped. A browser gets a page where it cannot be had, everybody else JSON. Next would leave out the
 * length, without which nobody could tell a whole file from a broken one, so this is none of its routes.
 */
export async function serveDownload(
  path: DownloadPath,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  try {
    await serve(path, request, response);
  } catch (thrown) {
    const { error, status } = failureOf(thrown);
    if (response.headersSent) return void response.destroy();
    const isPage = request.headers.accept?.includes('text/html') ?? false;
    const body = isPage ? errorPage({ error, status, backTo: path.backTo }) : JSON.stringify({ error });
    response.writeHead(status, {
      'cache-control': 'no-store',
      'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json',
    });
    response.end(body);
  }
}

async function serve(path: DownloadPath, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const session = await sessionFor(path, request);
  const { address, tag, format, fileName } = parseDownload(path);
  const result = await openResult({ scope: session.scope, address });
  const root = readSettings().storeFolder;
  try {
    const archive = await planResultArchive({ root, result, tag, format });
    const part = begin({ request, response, archive, fileName });
    if (part === null) return void response.end();
    await send({ response, session, root, archive, loan: result.loan, part });
  } finally {
    await result.loan.end();
  }
}

/** Whose download it is: by the signature in its address, or by the cookie of a session. */
async function sessionFor({ path, query }: DownloadPath, request: IncomingMessage): Promise<CurrentSession> {
  const signature = query.get(signatureKey);
  if (signature !== null) return signedSession({ path, signature });
  const session = await sessionOf({ auth: await auth(), headers: headersOf(request) });
  if (session === null) throw new NotSignedInError();
  return session;
}

function headersOf({ headers }: IncomingMessage): Headers {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => [name, each] as [string, string]),
  );
  return new Headers(entries);
}

/** Writes the head of the answer. @returns the bytes that are to follow; null for none */
function begin(download: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly archive: ResultArchive;
  readonly fileName: string;
}): ByteRange | null {
  const { request, response, archive, fileName } = download;
  const { sizeBytes } = archive;
  const etag = `"${archive.tag}"`;
  const head = (status: number, more: Readonly<Record<string, string>>) =>
    response.writeHead(status, {
      etag,
      'accept-ranges': 'bytes',
      // Rights are looked at each time.
      'cache-control': 'private, no-cache, no-transform',
      'content-type': 'application/x-tar',
      'content-disposition': `attachment; filename="${fileName}"`,
      ...more,
    });
  if (isNamed(request.headers['if-none-match'], etag)) {
    head(304, {});
    return null;
  }
  const range = rangeOf(request, { etag, sizeBytes });
  if (range === 'unsatisfiable') {
    head(416, { 'content-range': `bytes */${sizeBytes}`, 'content-length': '0' });
    return null;
  }
  const whole = { start: 0, end: sizeBytes };
  const { start, end } = range ?? whole;
  head(range === null ? 200 : 206, {
    'content-length': String(end - start),
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${sizeBytes}` }),
  });
  return request.method === 'HEAD' ? null : { start, end };
}

/** A range holds for the bytes that it was asked of: of others, the whole is sent. RFC 9110, 13.1.5; HEAD has none, 14.2 */
function rangeOf(
  { headers, method }: IncomingMessage,
  { etag, sizeBytes }: { readonly etag: string; readonly sizeBytes: number },
): ByteRange | 'unsatisfiable' | null {
  const condition = headers['if-range'];
  const isOther = typeof condition === 'string' && condition.trim() !== etag;
  return isOther || method === 'HEAD' ? null : parseByteRange(headers.range, sizeBytes);
}

/** RFC 9110, 13.1.2 */
function isNamed(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')));
}

/** As fast as the reader takes it. Resolves when it has all of it, or has left. */
async function send(download: {
  readonly response: ServerResponse;
  readonly session: CurrentSession;
  readonly root: string;
  readonly archive: ResultArchive;
  readonly loan: ImageLoan;
  readonly part: ByteRange;
}): Promise<void> {
  const { response, session, root, archive, part } = download;
  const { sessionId, scope } = session;
  const { workspaceId } = scope;
  let takenAt = performance.now();
  response.on('drain', () => {
    takenAt = performance.now();
  });
  const looking = setInterval(async () => {
    // A database that is away says nothing about rights.
    const isAllowed = await isSessionOpen({ sessionId, workspaceId }).catch(() => true);
    if (!isAllowed || performance.now() - takenAt > stalledMs) response.destroy();
  }, lookEveryMs);
  try {
    await pipeline(Readable.from(readBlobArchive({ root, archive, ...part })), response);
  } catch (error) {
    // Whoever leaves early is no fault. Anything else cuts the connection, so that nobody takes what came for all of it.
    if (!hasLeft(error)) console.error(error);
    response.destroy();
  } finally {
    clearInterval(looking);
  }
}

function hasLeft(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}

/** How soon a download ends after a sign-out or a member's removal. */
const lookEveryMs = 15_000;
/** Whoever takes nothing for so long does not keep the image from being collected any longer. */
const stalledMs = 10 * 60_000;
