import { once } from 'node:events';
import path from 'node:path';
import { endProcess, spawnBound } from './bound-process.ts';
import { freePort } from './registry.ts';

/** The web process alone, on a database and a data folder that are there. */
export interface TestWeb {
  readonly url: string;
  readonly pid: number;
  /** All that it wrote. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts it as `slipway start` does. The dashboard has to be built: `npm test` sees to that. */
export async function startWeb(options: {
  readonly databaseUrl: string;
  readonly dataFolder: string;
}): Promise<TestWeb> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const root = path.resolve(import.meta.dirname, '../..');
  const child = spawnBound(process.execPath, ['app/server.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      PORT: String(port),
      DATABASE_URL: options.databaseUrl,
      SLIPWAY_DATA: options.dataFolder,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The web process ended:\n${output}`);
  });
  ended.catch(() => {});
  const answers = async () => {
    const isThere = () =>
      fetch(`${url}/api/health`).then(
        (response) => response.ok,
        () => false,
      );
    while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await Promise.race([answers(), ended]);
  return { url, pid: child.pid ?? 0, output: () => output, stop: () => endProcess(child) };
}
