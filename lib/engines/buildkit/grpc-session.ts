import { type ClientHttp2Session, connect } from 'node:http2';
import { EngineFailedError } from '../errors.ts';
import type { ServiceConnection } from './service-connection.ts';

/**
 * Calls of a gRPC service over a connection. Messages are whole in memory: for small answers.
 * https://github.com/grpc/grpc/blob/v1.62.0/doc/PROTOCOL-HTTP2.md
 */
export class GrpcSession {
  readonly #connection: ServiceConnection;
  readonly #session: ClientHttp2Session;
  #failure: Error | undefined;

  constructor(connection: ServiceConnection) {
    const { socket } = connection;
    const fail = (error: Error) => {
      this.#failure ??= error;
    };
    socket.on('error', fail);
    this.#connection = connection;
    // The authority is only a name here: the connection is there.
    this.#session = connect('http://localhost', { createConnection: () => socket });
    this.#session.on('error', fail);
    socket.on('close', () => this.#session.destroy());
  }

  /**
   * @param options.path of the method, `/package.Service/Method`
   * @returns the messages of the answer
   * @throws EngineFailedError when the service says no, or is gone
   */
  async call(options: { readonly path: string; readonly message: Uint8Array }): Promise<readonly Buffer[]> {
    try {
      return messagesOf(await this.#ask(options));
    } catch (cause) {
      const said = this.#connection.said() || this.#failure?.message || (cause as Error).message;
      throw new EngineFailedError({ why: `The builder does not answer: ${said.slice(0, 400)}`, cause });
    }
  }

  /** Ends the connection. */
  close(): void {
    this.#session.destroy();
    this.#connection.close();
  }

  #ask({ path, message }: { readonly path: string; readonly message: Uint8Array }): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      let status: unknown;
      let words: unknown;
      const note = (headers: Record<string, unknown>) => {
        status = headers['grpc-status'] ?? status;
        words = headers['grpc-message'] ?? words;
      };
      stream.on('response', note);
      stream.on('trailers', note);
      stream.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes > answerBytesMax) stream.destroy(new Error('The answer is too large.'));
        else chunks.push(chunk);
      });
      stream.on('error', reject);
      stream.on('close', () => {
        if (status === '0') resolve(Buffer.concat(chunks));
        else reject(new Error(String(words ?? 'The connection ended.')));
      });
      stream.end(framed(message));
    });
  }
}

/** The cache records of a busy builder are some thousands, with some hundred bytes each. */
const answerBytesMax = 64_000_000;
/** Not compressed, and the length. */
const headBytes = 5;

function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function messagesOf(bytes: Buffer): readonly Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + headBytes <= bytes.length; ) {
    const end = at + headBytes + bytes.readUInt32BE(at + 1);
    messages.push(bytes.subarray(at + headBytes, end));
    at = end;
  }
  return messages;
}
