import type { Server, ServerResponse } from 'node:http';

/** Knows which answers are under way, so that a server can close without cutting those that will end. */
export class Closing {
  readonly #open = new Set<ServerResponse>();

  track(response: ServerResponse): void {
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
  }

  /**
   * Takes no more connections, lets answers finish and ends event streams, which would never: their browsers connect
   * again by themselves. Cuts what is left after `graceMs`.
   */
  async close(server: Server, options: { readonly graceMs: number }): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    const endStreams = () => {
      for (const response of this.#open) if (isStream(response)) response.destroy();
      server.closeIdleConnections();
    };
    endStreams();
    const timer = setInterval(endStreams, 50);
    const cut = setTimeout(() => server.closeAllConnections(), options.graceMs);
    await closed;
    clearInterval(timer);
    clearTimeout(cut);
  }
}

function isStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
}
