import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A line to a registry that is as slow as a test wants, so that something can happen in the middle of a pull. */
export interface SlowRegistry {
  readonly url: string;
  /** Bytes of one blob body a second; 0 stops them until it changes. */
  bytesPerSecond: number;
  /** Blob requests so far, in order. */
  readonly blobRequests: {
    readonly path: string;
    readonly range: string | undefined;
    readonly method: string;
  }[];
  /** All requests so far. */
  readonly requestCount: number;
  /** Bytes of blobs that went out. */
  readonly sentBytes: number;
  stop(): Promise<void>;
}

export async function startSlowRegistry(options: {
  readonly upstream: string;
  readonly bytesPerSecond: number;
}): Promise<SlowRegistry> {
  const state = {
    bytesPerSecond: options.bytesPerSecond,
    blobRequests: [] as SlowRegistry['blobRequests'],
    requestCount: 0,
    sentBytes: 0,
  };
  const server = createServer((incoming, answer) => {
    state.requestCount += 1;
    const isBlob = incoming.url?.includes('/blobs/') ?? false;
    if (isBlob) {
      const { url = '', method = '', headers } = incoming;
      state.blobRequests.push({ path: url, range: headers.range, method });
    }
    const forward = request(new URL(incoming.url ?? '/', options.upstream), {
      method: incoming.method,
      headers: incoming.headers,
    });
    forward.on('error', () => answer.destroy());
    forward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      void passOn(response, answer, isBlob).catch(() => answer.destroy());
    });
    answer.on('close', () => forward.destroy());
    incoming.pipe(forward);
  });

  async function passOn(response: IncomingMessage, answer: ServerResponse, isSlow: boolean): Promise<void> {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      for (let start = 0; start < chunk.length; start += pieceBytes) {
        const piece = chunk.subarray(start, start + pieceBytes);
        while (isSlow && state.bytesPerSecond === 0 && !answer.destroyed) await wait(10);
        if (answer.destroyed) return;
        answer.write(piece);
        if (!isSlow) continue;
        state.sentBytes += piece.length;
        await wait((piece.length * 1000) / state.bytesPerSecond);
      }
    }
    answer.end();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.defineProperties(state as SlowRegistry, {
    url: { value: `http://127.0.0.1:${port}` },
    stop: {
      value: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    },
  });
}

const pieceBytes = 16 * 1024;
