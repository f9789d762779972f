import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Peer } from './peers.ts';

/** `slipway pull` of this very checkout, with a registries.json that allows the bench's hosts. */
export async function slipwayPeers(options: {
  readonly folder: string;
  readonly hosts: readonly string[];
  readonly caFile: string | undefined;
}): Promise<{
  /** Into a layout of its own, as the others do. */
  readonly layout: Peer;
  /** Into a store that survives a loss of power, as a build does. */
  readonly store: Peer;
}> {
  const { folder, hosts, caFile } = options;
  const root = path.resolve(import.meta.dirname, '../..');
  const rule = { allowPrivate: true, ...(caFile === undefined ? { plainHttp: true } : { caFile }) };
  const file = path.join(folder, 'registries.json');
  await writeFile(
    file,
    JSON.stringify({ registries: Object.fromEntries(hosts.map((host) => [host, rule])) }),
  );
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const env = {
    SLIPWAY_REGISTRIES: file,
    NODE_COMPILE_CACHE: path.join(root, 'node_modules', '.cache', 'slipway'),
  };
  const running = (name: string, before: readonly string[], between: readonly string[]): Peer => ({
    name,
    version,
    command: ({ reference, to }) => ({ argv: [process.execPath, ...before, reference, ...between, to], env }),
  });
  return {
    layout: running('slipway', [path.join(root, 'bin', 'slipway.mjs'), 'pull'], ['--to']),
    store: running('slipway, durable', [path.join(import.meta.dirname, 'store-pull.ts')], []),
  };
}
