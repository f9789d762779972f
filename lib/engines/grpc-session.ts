import { type ChildProcess, spawn } from 'node:child_process';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Socket } from 'node:net';
import { EngineFailedError } from './errors.ts';

/**
 * Calls of a gRPC service over the pipes of a program that is connected to it. Messages are whole in memory: for small answers.
 * https://github.com/grpc/grpc/blob/v1.62.0/doc/PROTOCOL-HTTP2.md
 */
export class GrpcSession {
  readonly #child: ChildProcess;
  readonly #session: ClientHttp2Session;
  #said = '';
  #failure: Error | undefined;

  constructor(options: {
    readonly program: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  }) {
    const { program, args, env, signal } = options;
    const fail = (error: Error) => {
      this.#failure ??= error;
    };
    this.#child = spawn('/bin/sh', ['-c', onOneSocket, 'sh', program, ...args], {
      env: { ...env, NODE_ENV: 'production' },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    this.#child.on('error', fail);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-saidMax);
    });
    const socket = this.#child.stdio[3] as Socket;
    socket.on('error', fail);
    // The authority is only a name here: the program has the connection.
    this.#session = connect('http://localhost', { createConnection: () => socket });
    this.#session.on('error', fail);
    // Without the program there is no answer to wait for, whatever became of its socket.
    this.#child.on('close', () => this.#session.destroy());
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
      const said = this.#said.trim() || this.#failure?.message || (cause as Error).message;
      throw new EngineFailedError({ why: `The builder does not answer: ${said.slice(0, 400)}`, cause });
    }
  }

  /** Ends the connection and the program. */
  close(): void {
    this.#session.destroy();
    this.#child.kill('SIGKILL');
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

/**
 * Both directions of the program over the one socket that the fourth stream is. Over two pipes, Node 24's HTTP/2 ends this process when it
 * meets a closed one in the middle of a write (an assertion in its JSStreamSocket).
 */
const onOneSocket = 'exec "$@" <&3 >&3 3>&-';

/** The cache records of a busy builder are some thousands, with some hundred bytes each. */
const answerBytesMax = 64_000_000;
const saidMax = 4_096;
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
