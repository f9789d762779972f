import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from './command.ts';
import { runTool } from './run-tool.ts';
import { createSteps, type Steps } from './steps.ts';

/** The folder that package.json lies in. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

export const prepareCommand: Command = {
  name: 'prepare',
  summary: 'Build the dashboard without starting it',
  help: `
Usage: slipway prepare

Installs what is missing, generates the database client and builds the dashboard, as \`slipway start\` does before it
starts. Good for an image or a machine that should start fast the first time. Does nothing when all is up to date.
`,
  async run({ stderr, signal }) {
    const steps = createSteps(stderr);
    await generateClient({ steps, signal });
    await buildDashboard({ steps, signal });
    return 0;
  },
};

/** Generates lib/db/generated when the models changed since the last time. */
export async function generateClient(options: Work): Promise<void> {
  await whenChanged({
    name: 'Generating the database client',
    inputs: ['prisma/schema.prisma', 'prisma/models', 'prisma.config.ts', 'node_modules/prisma/package.json'],
    stamp: 'lib/db/generated/.made-from',
    command: ['node_modules/prisma/build/index.js', 'generate', '--no-hints'],
    ...options,
  });
}

/** Builds the dashboard into .next when its sources changed since the last time. */
export async function buildDashboard(options: Work): Promise<void> {
  await whenChanged({
    name: 'Building the dashboard',
    inputs: ['app', 'lib', 'public', 'next.config.mjs', 'postcss.config.mjs', 'package-lock.json'],
    stamp: '.next/made-from',
    command: ['node_modules/next/dist/bin/next', 'build'],
    ...options,
  });
}

interface Work {
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

async function whenChanged(
  options: Work & {
    readonly name: string;
    readonly inputs: readonly string[];
    readonly stamp: string;
    readonly command: readonly string[];
  },
): Promise<void> {
  const stamp = path.join(projectRoot, options.stamp);
  const digest = await digestOf(options.inputs);
  const made = await readFile(stamp, 'utf8').catch(() => '');
  if (made === digest) return;
  await rm(stamp, { force: true });
  await options.steps.run(options.name, () => runTool({ ...options, folder: projectRoot }));
  await writeFile(stamp, digest);
}

/** A digest over names and contents: unlike times, those survive a clone, a copy and a checkout. */
async function digestOf(inputs: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const input of inputs) {
    for (const file of await filesIn(path.join(projectRoot, input))) {
      hash
        .update(`${path.relative(projectRoot, file)}\0`)
        .update(await readFile(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

async function filesIn(input: string): Promise<readonly string[]> {
  if (!existsSync(input)) return [];
  const entries = await readdir(input, { recursive: true, withFileTypes: true }).catch(() => null);
  if (entries === null) return [input];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.endsWith('.made-from'))
    .sort();
}
