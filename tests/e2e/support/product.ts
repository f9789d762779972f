import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess, spawnBound } from '#tests/support/bound-process.ts';
import { freePort } from '#tests/support/registry.ts';

export interface Product {
  readonly url: string;
  /** What the operator reads in the terminal and the owner types once. */
  readonly setUpCode: string;
  /** Of the launcher: the root of every process of the product. */
  readonly pid: number;
  /** Removed by `stop`. The data folder is `data` in it. */
  readonly folder: string;
  /** Ends it as Ctrl-C does. @throws when it does not end in time; then it was killed. */
  stop(): Promise<void>;
}

/** A first start may have to build the pages. */
const startMsMax = 300_000;
/** Long enough for a running build to be handed back and for Postgres to close. */
const stopMsMax = 20_000;

const root = path.resolve(import.meta.dirname, '../../..');

/**
 * Starts the whole product on a free port and a fresh data folder, as `npm start` does, and comes back when it has
 * printed its address and its one-time code. `registries` is what the operator writes into registries.json.
 */
export async function startProduct(options: { readonly registries: object }): Promise<Product> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-browser-'));
  const registriesFile = path.join(folder, 'registries.json');
  await writeFile(registriesFile, JSON.stringify({ registries: options.registries }));
  const port = await freePort();
  const child = spawnBound(process.execPath, [path.join(root, 'bin/slipway.mjs'), 'start'], {
    cwd: root,
    env: {
      NODE_ENV: 'production',
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      SLIPWAY_DATA: path.join(folder, 'data'),
      SLIPWAY_REGISTRIES: registriesFile,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async () => {
    await stopProduct(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const printed = await waitUntilPrinted(child);
    return { ...printed, pid: child.pid ?? 0, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @throws with all that it printed, if address and code do not come. */
async function waitUntilPrinted(child: ChildProcess): Promise<{ url: string; setUpCode: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const giveUpAt = Date.now() + startMsMax;
  while (child.exitCode === null && Date.now() < giveUpAt) {
    const url = /https?:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(output)?.[0];
    const setUpCode = /[Cc]ode:?\s+(\S+)/.exec(output)?.[1];
    if (url !== undefined && setUpCode !== undefined) return { url, setUpCode };
    await delay(100);
  }
  throw new Error(`The product did not get ready:\n${output}`);
}

async function stopProduct(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit').then(() => true);
  child.kill('SIGTERM');
  const isInTime = await Promise.race([ended, delay(stopMsMax, false, { ref: false })]);
  if (isInTime) return;
  await endProcess(child);
  throw new Error(`The product did not end within ${stopMsMax} ms of SIGTERM`);
}
