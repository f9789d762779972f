import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Framing, type Head, HttpSyntaxError, parseChunkSize, parseHead } from './http-head.ts';
import { ConnectionBrokenError, type Inlet } from './inlet.ts';
import type { Method, RequestBody } from './types.ts';

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: Method;
  /** With its query. */
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | RequestBody | undefined;
}

/** One connection to one origin, for one request at a time. https://www.rfc-editor.org/rfc/rfc9112 */
export class Connection {
  readonly #socket: Socket | TLSSocket;
  readonly #inlet: Inlet;
  /** Whether it has brought an answer before: if it breaks now, the server may just have closed it while it was idle. */
  isUsed = false;
  #hasAnswered = false;

  constructor(socket: Socket | TLSSocket, inlet: Inlet) {
    this.#socket = socket;
    this.#inlet = inlet;
    socket.on('end', () => inlet.end());
    socket.on('error', (error) => inlet.fail(error));
    socket.on('close', () => inlet.fail(new ConnectionBrokenError('The connection was closed.')));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.#socket.readableEnded && this.#socket.writable;
  }

  /** Whether any byte of an answer to the last request has come. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /**
   * Sends a request and reads the head of its final answer, which may come before all of the body was sent.
   * @throws what the connection or the body fails with, HttpSyntaxError
   */
  async send(request: WireRequest): Promise<Head> {
    this.#hasAnswered = false;
    // What nobody asked for makes everything after it doubtful.
    if (!this.#inlet.isEmpty) throw new ConnectionBrokenError('It spoke without being asked.');
    this.#socket.write(wireForm(request));
    const { body } = request;
    if (body === undefined || typeof body === 'string') return this.#readHead(request);
    const sending = new AbortController();
    let isSent = false;
    void sendBody(this.#socket, body, sending.signal).then(
      () => {
        isSent = true;
      },
      (error: Error) => this.#inlet.fail(error),
    );
    try {
      const head = await this.#readHead(request);
      // Whoever answers early may not read what is still on its way: nothing can follow it on this connection.
      return isSent ? head : { ...head, isReusable: false };
    } finally {
      sending.abort();
    }
  }

  async #readHead(request: WireRequest): Promise<Head> {
    for (let interim = 0; interim <= interimMax; interim += 1) {
      const text = await this.#inlet.takeUntil('\r\n\r\n', headCharactersMax).finally(() => {
        this.#hasAnswered ||= !this.#inlet.isEmpty;
      });
      this.#hasAnswered = true;
      const head = parseHead(text, request.method);
      if (head.status >= 200) {
        this.isUsed = true;
        return head;
      }
      if (head.status === 101) break;
    }
    throw new HttpSyntaxError('It changed the protocol, or never came to an answer.');
  }

  /** The next piece of a body, undefined at its end, again and again. Each is good until the next is asked for. */
  body(framing: Framing): () => Promise<Uint8Array | undefined> {
    const inlet = this.#inlet;
    switch (framing.kind) {
      case 'none':
        return async () => undefined;
      case 'sized':
        return sized(inlet, framing.bytes);
      case 'chunked':
        return chunked(inlet);
      case 'until_close':
        return () => inlet.takeOrEnd(Number.MAX_SAFE_INTEGER);
    }
  }

  /** Waits for its next use without keeping the process alive. */
  rest(onLost: () => void): void {
    this.#socket.unref();
    this.#socket.once('close', onLost);
    this.#socket.once('end', onLost);
  }

  wakeUp(onLost: () => void): void {
    this.#socket.ref();
    this.#socket.off('close', onLost);
    this.#socket.off('end', onLost);
  }

  /** Ends it at once; whoever waits on it fails with `reason`. */
  destroy(reason?: Error): void {
    if (reason !== undefined) this.#inlet.fail(reason);
    this.#socket.destroy();
  }
}

function wireForm({ method, path, host, headers, body }: WireRequest): string {
  const lines = Object.entries({
    host,
    connection: 'keep-alive',
    ...headers,
    ...(body === undefined ? {} : { 'content-length': String(sizeOf(body)) }),
  }).map(([name, value]) => {
    // Nothing that came from elsewhere may begin another header, or another request.
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new TypeError(`No value for the header ${name}.`);
    return `${name}: ${value}\r\n`;
  });
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${typeof body === 'string' ? body : ''}`;
}

function sizeOf(body: string | RequestBody): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.sizeBytes;
}

/** Piece by piece, each once the system has taken the one before: memory is bounded by a piece. */
async function sendBody(socket: Socket, body: RequestBody, signal: AbortSignal): Promise<void> {
  let leftBytes = body.sizeBytes;
  for await (const piece of body.open()) {
    if (signal.aborted) return;
    leftBytes -= piece.length;
    if (leftBytes < 0) break;
    await new Promise<void>((resolve, reject) => {
      socket.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
  if (leftBytes !== 0) throw new TypeError('A body was not as long as was said before it.');
}

function sized(inlet: Inlet, bytes: number): () => Promise<Uint8Array | undefined> {
  let leftBytes = bytes;
  return async () => {
    if (leftBytes === 0) return undefined;
    const piece = await inlet.take(leftBytes);
    leftBytes -= piece.length;
    return piece;
  };
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-7.1 */
function chunked(inlet: Inlet): () => Promise<Uint8Array | undefined> {
  let leftBytes = 0;
  let isFirst = true;
  let isEnded = false;
  return async () => {
    if (isEnded) return undefined;
    if (leftBytes === 0) {
      if (!isFirst && (await inlet.takeUntil('\r\n', 0)) !== '')
        throw new HttpSyntaxError('A chunk is longer.');
      isFirst = false;
      leftBytes = parseChunkSize(await inlet.takeUntil('\r\n', chunkLineCharactersMax));
      if (leftBytes === 0) {
        await passTrailers(inlet);
        isEnded = true;
        return undefined;
      }
    }
    const piece = await inlet.take(leftBytes);
    leftBytes -= piece.length;
    return piece;
  };
}

async function passTrailers(inlet: Inlet): Promise<void> {
  for (let line = 0; line <= trailersMax; line += 1) {
    if ((await inlet.takeUntil('\r\n', chunkLineCharactersMax)) === '') return;
  }
  throw new HttpSyntaxError('The trailer is too long.');
}

/** Signed addresses in Location have up to 8 KB; clouds add some twenty headers of their own. */
const headCharactersMax = 48 * 1024;
/** 100 Continue and 103 Early Hints come once, if at all. */
const interimMax = 4;
/** Extensions of chunks and trailers are hardly ever used. */
const chunkLineCharactersMax = 1024;
const trailersMax = 32;
