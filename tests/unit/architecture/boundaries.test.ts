import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');

interface Cruise {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
  };
}

it('sees every module of app and lib, so that a clean answer means clean', async () => {
  const { modules } = await cruise(root);
  const seen = new Set(modules.map(({ source }) => source));
  const files = (await Promise.all(['app', 'lib'].map(sourcesUnder))).flat();
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => !seen.has(file))).toEqual([]);
}, 120_000);

it('notices imports that the table does not allow', async () => {
  const tree = await mkdtemp(path.join(tmpdir(), 'slipway-boundaries-'));
  try {
    await write(tree, 'tsconfig.json', '{}');
    await write(tree, 'lib/vault/open.ts', 'export const open = 1;\n');
    await write(
      tree,
      'lib/builds/view.ts',
      "import type { open } from '../vault/open.ts';\nexport type V = typeof open;\n",
    );
    await write(
      tree,
      'lib/oci/intruder.ts',
      "import type { V } from '../builds/view.ts';\nexport type W = V;\n",
    );
    await write(
      tree,
      'app/page.tsx',
      "import { open } from '../lib/vault/open.ts';\nexport default () => open;\n",
    );
    await write(tree, 'node_modules/@aws-sdk/client-ecr/package.json', '{"main":"index.js"}');
    await write(tree, 'node_modules/@aws-sdk/client-ecr/index.js', 'exports.ECRClient = class {};\n');
    await write(tree, 'lib/registries/mint.ts', "export const mint = () => import('@aws-sdk/client-ecr');\n");
    await write(
      tree,
      'lib/builds/start.ts',
      "import type { mint } from '../registries/mint.ts';\nexport type Start = typeof mint;\n",
    );
    await write(tree, 'app/start.ts', "export type { Start } from '../lib/builds/start.ts';\n");
    const { summary } = await cruise(tree);
    const broken = summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`);
    expect(broken).toContain('lib/oci/intruder.ts: room-oci');
    expect(broken).toContain('lib/builds/view.ts: room-builds');
    expect(broken).toContain('app/page.tsx: private-keys-stay-with-the-worker');
    expect(broken).toContain('app/start.ts: clouds-are-the-workers');
  } finally {
    await rm(tree, { recursive: true });
  }
}, 60_000);

async function cruise(folder: string): Promise<Cruise> {
  const { stdout } = await promisify(execFile)(
    path.join(root, 'node_modules/.bin/depcruise'),
    ['app', 'lib', '--config', path.join(root, '.dependency-cruiser.mjs'), '--output-type', 'json'],
    { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
  ).catch((error: { readonly stdout: string }) => error);
  return JSON.parse(stdout) as Cruise;
}

async function write(tree: string, file: string, text: string): Promise<void> {
  const target = path.join(tree, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
}

async function sourcesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(path.join(root, folder), { recursive: true });
  return entries
    .map((entry) => path.join(folder, entry))
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts') && !file.includes('/generated/'));
}
