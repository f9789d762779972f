import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { StartError } from './start-error.ts';

/**
 * Sees whether the dashboard will be able to listen there, before anything slow begins.
 *
 * @throws StartError
 */
export async function checkPort(options: {
  readonly host: string;
  readonly port: number;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const error = await tryPort(options);
    if (error === null) return;
    if (error.code !== 'EADDRINUSE' || Date.now() > deadline) throw explain(options, error);
    await wait(pollMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

/** A dashboard whose supervisor was killed a moment ago is just letting go of the port. */
const patienceMs = 1_500;
const pollMs = 100;

async function tryPort({ host, port }: Address): Promise<NodeJS.ErrnoException | null> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
  await new Promise((resolve) => server.close(resolve));
  return null;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function explain({ host, port }: Address, cause: NodeJS.ErrnoException): StartError {
  if (cause.code === 'EADDRINUSE') {
    return new StartError(
      {
        what: `Port ${port} is taken`,
        why: `Another program listens on ${host}:${port}.`,
        next: `Stop that program, or choose another port: PORT=${port + 1} npm start`,
      },
      cause,
    );
  }
  if (cause.code === 'EACCES') {
    return new StartError(
      {
        what: `Port ${port} is not for ordinary users`,
        why: 'The system keeps low ports for root.',
        next: 'Choose a PORT of 1024 or above; a proxy in front can have the low one.',
      },
      cause,
    );
  }
  return new StartError(
    {
      what: `Slipway cannot listen on ${host}`,
      why: cause.code === 'EADDRNOTAVAIL' ? 'This machine has no such address.' : `${cause.message}.`,
      next: 'Correct HOST: 127.0.0.1 for this machine alone, 0.0.0.0 for every address of it.',
    },
    cause,
  );
}
