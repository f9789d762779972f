import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import next from 'next';
import { readSettings } from '#lib/config/load-settings.ts';
import { Closing } from './_server/closing.ts';
import { downloadPathOf } from './_server/download-path.ts';
import { settleForwarded, TrustedProxies } from './_server/forwarded.ts';
import { tellPageAddress } from './_server/page-address.ts';
import { secure } from './_server/security-headers.ts';

// The web process: Next's pages behind a server of our own, which knows whom to believe and when to stop.
// `slipway start` runs it and holds its IPC channel.

const settings = readSettings();
const { host, port } = settings;
const proxies = new TrustedProxies(settings.trustedProxies);
const isHttps = settings.publicUrl.protocol === 'https:';
const closing = new Closing();

// After a server action that redirects, Next asks itself for the next page at this address. Without it, it would ask
// whatever host the request named.
process.env.__NEXT_PRIVATE_ORIGIN = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

const pages = next({ dev: false, dir: path.dirname(import.meta.dirname), hostname: host, port, quiet: true });
await pages.prepare();
const handle = pages.getRequestHandler();

const server = createServer(
  {
    // A request's head and body have to arrive within these; an answer, such as an event stream, may last.
    headersTimeout: 15_000,
    requestTimeout: 60_000,
    // Longer than proxies keep an idle connection, so that they never send into one that is just closing.
    keepAliveTimeout: 75_000,
  },
  (request, response) => {
    closing.track(response);
    settleForwarded(request, proxies);
    tellPageAddress(request);
    secure(request, response, { isHttps });
    answer(request, response).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  },
);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const download = isRead(request) ? downloadPathOf(request.url) : null;
  if (download === null) return handle(request, response);
  // What it needs is loaded with the first download: the server is there sooner.
  const { serveDownload } = await import('./_server/image-download.ts');
  await serveDownload(download, { request, response });
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

server.once('error', (error) => {
  console.error(error);
  process.exit(1);
});
server.listen({ host, port });

let isStopping = false;
async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await closing.close(server, { graceMs: 5_000 });
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
// The supervisor is gone, by kill -9 perhaps: a server that nobody watches over must not stay.
process.on('disconnect', stop);
