#!/usr/bin/env node
// The launcher. Runs on Node 20 and newer without any package: installs what is missing, then hands over to
// lib/cli/main.ts under Node 24, which runs TypeScript from source.
import module from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode } from './launch/find-node.mjs';
import { handOver } from './launch/hand-over.mjs';
import { install, isInstalled } from './launch/install.mjs';
import { Line } from './launch/line.mjs';
import { endWithParent } from './launch/parent.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 20) fail(`Slipway needs Node 20 or newer to start; this is Node ${process.versions.node}.`);

endWithParent();
if (!isInstalled(root)) {
  const line = new Line('Installing packages');
  const { status, output } = await install(root, (seconds) => line.tick(seconds));
  if (status !== 0) fail(`npm could not install the packages:\n${output}`);
  line.done();
}

const node = findNode(root);
if (node === null) {
  const platform = `${process.platform}-${process.arch}`;
  fail(
    `Slipway runs on Node 24, which npm has not got for ${platform}; install it, this is ${process.versions.node}.`,
  );
}
// What Node makes of the sources is kept beside the packages: a start takes half as long then, also that of a thread or a child.
process.env.NODE_COMPILE_CACHE ??= path.join(root, 'node_modules', '.cache', 'slipway');
module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
process.exitCode = await handOver({ node, main: path.join(root, 'lib', 'cli', 'main.ts') });

function fail(text) {
  process.stderr.write(`slipway: ${text}\n`);
  process.exit(10);
}
