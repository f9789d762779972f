import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

/**
 * Sees whether the dashboard will be able to listen there, before anything slow begins.
 *
 * @throws StartError
 */
export async function checkPort(options: { readonly host: string; readonly port: number }): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...options, exclusive: true }, resolve);
    });
  } catch (error) {
    throw explain(options, error as NodeJS.ErrnoException);
  }
  await new Promise((resolve) => server.close(resolve));
}

function explain({ host, port }: { host: string; port: number }, cause: NodeJS.ErrnoException): StartError {
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
