import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSlipway, until } from '#tests/support/slipway.ts';

export interface Product {
  /** As printed, for people to open. */
  readonly url: string;
  /** What the operator reads in the terminal and the owner types once. */
  readonly setUpCode: string;
  /** Removed by `stop`. The data folder is `data` in it. */
  readonly folder: string;
  readonly dataFolder: string;
  /** Ends it as Ctrl-C does. @throws when it does not end well. */
  stop(): Promise<void>;
}

/**
 * Starts the whole product on a free port and a fresh data folder, as `npm start` does, and comes back when it has
 * printed its address and its one-time code.
 */
export async function startProduct(options: {
  /** What the operator writes into registries.json. */
  readonly registriesFile: object;
  readonly environment: Readonly<Record<string, string>>;
}): Promise<Product> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-browser-'));
  const registriesFile = path.join(folder, 'registries.json');
  await writeFile(registriesFile, JSON.stringify(options.registriesFile));
  const dataFolder = path.join(folder, 'data');
  const slipway = await startSlipway({
    dataFolder,
    env: { ...options.environment, SLIPWAY_REGISTRIES: registriesFile },
  });
  const stop = async () => {
    const code = await slipway.stop('SIGINT');
    await rm(folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`The product ended with ${code}:\n${slipway.output()}`);
  };
  const read = (pattern: RegExp) => pattern.exec(slipway.output())?.[1] ?? '';
  try {
    await until(() => read(codeLine) !== '', { what: 'the set-up code', detail: slipway.output });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: read(addressLine), setUpCode: read(codeLine), folder, dataFolder, stop };
}

const addressLine = /ready at (\S+)/;
const codeLine = /set-up code: (\S+)/;
