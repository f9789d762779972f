import type { ServerResponse } from 'node:http';

/**
 * What can be wrong with a server: it takes the request and never answers (`silent`), answers 503, breaks off in the middle of
 * its answer (`cut`), answers 200 with what is no answer (`malformed`), or points elsewhere (`redirect`).
 */
export type Fault = 'silent' | 'unavailable' | 'cut' | 'malformed' | 'redirect';

/** A fault for the next `times` requests; for all of them when that is absent. */
export interface FaultSwitch {
  set(fault: Fault | undefined, options?: { readonly times?: number }): void;
  /** Answers in the place of the server while the switch is on; says whether it did. */
  strike(response: ServerResponse): boolean;
}

export function createFaultSwitch(): FaultSwitch {
  let current: Fault | undefined;
  let left = Number.POSITIVE_INFINITY;
  return {
    set(fault, { times = Number.POSITIVE_INFINITY } = {}) {
      current = fault;
      left = times;
    },
    strike(response) {
      if (current === undefined || left <= 0) return false;
      left -= 1;
      answerBadly(response, current);
      return true;
    },
  };
}

function answerBadly(response: ServerResponse, fault: Fault): void {
  switch (fault) {
    case 'silent':
      return;
    case 'unavailable':
      response.writeHead(503, { 'content-type': 'text/plain' }).end('upstream connect error');
      return;
    case 'cut':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"', () => response.destroy());
      return;
    case 'malformed':
      response.writeHead(200, { 'content-type': 'application/json' }).end('<html>Welcome</html>');
      return;
    case 'redirect':
      response.writeHead(302, { location: 'http://127.0.0.1:9/elsewhere' }).end();
  }
}
