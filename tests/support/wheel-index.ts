import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface WheelIndex {
  /** For `index_url`. */
  readonly url: string;
  /** Paths that were asked for. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/**
 * A package index on loopback with real wheels, one a name and version, made here. Each holds a module of its name that knows its
 * version. https://packaging.python.org/en/latest/specifications/simple-repository-api/
 */
export async function startWheelIndex(
  packages: Readonly<Record<string, readonly string[]>>,
): Promise<WheelIndex> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-wheels-'));
  const files = new Map<string, Buffer>();
  for (const [name, versions] of Object.entries(packages)) {
    for (const version of versions)
      files.set(fileOf(name, version), await makeWheel({ folder, name, version }));
  }
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const asked = request.url ?? '/';
    requests.push(asked);
    const [, name = ''] = /^\/simple\/([a-z0-9-]+)\/$/.exec(asked) ?? [];
    const file = files.get(asked.replace(/^\/files\//, ''));
    if (file !== undefined) return void response.end(file);
    const links = [...files.keys()].filter((each) => each.startsWith(`${name}-`));
    response.statusCode = name === '' || links.length === 0 ? 404 : 200;
    response.setHeader('content-type', 'text/html');
    response.end(links.map((each) => `<a href="/files/${each}">${each}</a>`).join('\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function fileOf(name: string, version: string): string {
  return `${name}-${version}-py3-none-any.whl`;
}

async function makeWheel(options: {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}): Promise<Buffer> {
  const { folder, name, version } = options;
  const file = path.join(folder, fileOf(name, version));
  const script = path.join(folder, 'wheel.py');
  await writeFile(script, wheelScript);
  execFileSync('python3', [script, file, name, version]);
  return readFile(file);
}

/** https://packaging.python.org/en/latest/specifications/binary-distribution-format/ */
const wheelScript = `
import sys, zipfile
file, name, version = sys.argv[1:]
info = f"{name}-{version}.dist-info"
members = {
  f"{name}.py": f"version = {version!r}\\n",
  f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n",
  f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}
members[f"{info}/RECORD"] = "".join(f"{each},,\\n" for each in [*members, f"{info}/RECORD"])
with zipfile.ZipFile(file, "w") as archive:
  for each, text in members.items(): archive.writestr(each, text)
`;
