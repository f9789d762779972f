import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess, runProgram, spawnBound } from '#tests/support/bound-process.ts';
import { freePort } from '#tests/support/registry.ts';

/** Debian's docker-registry on loopback, twice over the same storage: over plain http and over TLS. */
export interface BenchRegistry {
  /** `127.0.0.1:PORT` */
  readonly plainHost: string;
  readonly tlsHost: string;
  /** The certificate of its own authority. */
  readonly caFile: string;
  stop(): Promise<void>;
}

export async function startBenchRegistry(folder: string): Promise<BenchRegistry> {
  await mkdir(folder, { recursive: true });
  // In a folder of its own: skopeo takes a key beside a certificate for that of a client.
  const certificate = path.join(folder, 'ca', 'ca.crt');
  const key = path.join(folder, 'server.key');
  await mkdir(path.dirname(certificate));
  await runProgram('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=slipway bench', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-keyout', key, '-out', certificate],
  ]);
  const plain = await serve({ folder, name: 'plain', http: {} });
  const tls = await serve({ folder, name: 'tls', http: { tls: { certificate, key } } });
  return {
    plainHost: plain.host,
    tlsHost: tls.host,
    caFile: certificate,
    async stop() {
      await endProcess(plain.child);
      await endProcess(tls.child);
    },
  };
}

async function serve(options: { readonly folder: string; readonly name: string; readonly http: object }) {
  const { folder, name } = options;
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const config = path.join(folder, `${name}.yml`);
  // YAML reads JSON.
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: path.join(folder, 'storage') },
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: { addr: host, relativeurls: true, ...options.http },
    }),
  );
  const child = spawnBound('docker-registry', ['serve', config], { stdio: 'ignore' });
  for (let tries = 0; !(await isListening(port)); tries += 1) {
    if (tries === 200 || child.exitCode !== null) throw new Error('docker-registry does not start.');
    await delay(50);
  }
  return { child, host };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
