import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import path from 'node:path';
import { connect as connectTls } from 'node:tls';
import { EngineFailedError } from '../errors.ts';

/** A connection to a builder's service. When it is lost, its socket is destroyed. */
export interface ServiceConnection {
  readonly socket: Socket;
  /** What was said of its failure by whatever made it; empty if nothing. */
  readonly said: () => string;
  /** Ends it, and the program that has it. */
  close(): void;
}

/** Over the pipes of a program that is connected to the service. */
export function connectThrough(options: {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}): ServiceConnection {
  const { program, args, env, signal } = options;
  const child = spawn('/bin/sh', ['-c', onOneSocket, 'sh', program, ...args], {
    env: { ...env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-saidMax);
  });
  const socket = child.stdio[3] as Socket;
  child.on('error', (error) => {
    said ||= error.message;
  });
  // Without the program there is no answer to wait for, whatever became of its socket.
  child.on('close', () => socket.destroy());
  return { socket, said: () => said.trim(), close: () => void child.kill('SIGKILL') };
}

/**
 * Both directions of the program over the one socket that the fourth stream is. Over two pipes, Node 24's HTTP/2 ends this process when it
 * meets a closed one in the middle of a write (an assertion in its JSStreamSocket).
 */
const onOneSocket = 'exec "$@" <&3 >&3 3>&-';
const saidMax = 4_096;

/** Where a service listens. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
  /** A folder with ca.pem, cert.pem and key.pem; null: without TLS. */
  readonly certificates: string | null;
}

/** To an address, where both sides show their certificates. @throws EngineFailedError when they cannot be read */
export function connectTo(
  { host, port, certificates }: ServiceAddress,
  options: { readonly signal: AbortSignal },
): ServiceConnection {
  const { signal } = options;
  const socket =
    certificates === null
      ? connectTcp({ host, port })
      : connectTls({ host, port, ALPNProtocols: ['h2'], ...readCertificates(certificates) });
  let said = '';
  socket.on('error', (error) => {
    said ||= error.message;
  });
  const close = () => void socket.destroy();
  signal.addEventListener('abort', close, { once: true });
  socket.on('close', () => signal.removeEventListener('abort', close));
  return { socket, said: () => said, close };
}

function readCertificates(folder: string) {
  const file = (name: string) => readFileSync(path.join(folder, name));
  try {
    return { ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
  } catch (cause) {
    const why = `The certificates for the builder cannot be read: ${(cause as Error).message}`;
    throw new EngineFailedError({ why, cause });
  }
}
