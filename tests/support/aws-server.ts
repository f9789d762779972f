import type { IncomingMessage, ServerResponse } from 'node:http';
import { createFaultSwitch, type FaultSwitch } from './faults.ts';
import { startLoopbackServer } from './loopback-server.ts';

/** A server whose answers can be broken. */
export interface FaultyServer {
  readonly url: string;
  readonly faults: FaultSwitch;
  stop(): Promise<void>;
}

/** `answer` sees only requests that no fault took. */
export async function startFaultyServer(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<FaultyServer> {
  const faults = createFaultSwitch();
  const { url, stop } = await startLoopbackServer((request, response) => {
    if (faults.strike(response)) return;
    // Whoever breaks off on either side ends both.
    answer(request, response).catch(() => response.destroy());
  });
  return { url, faults, stop };
}
