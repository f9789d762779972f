import { existsSync } from 'node:fs';
import path from 'node:path';

/** The first release that runs TypeScript without a flag and that the lockfile's own Node belongs to. */
const majorMin = 24;

/** @returns {string | null} the Node that npm installed, else this one if it is new enough */
export function findNode(root) {
  const installed = path.join(
    root,
    'node_modules',
    `node-${process.platform}-${process.arch}`,
    'bin',
    'node',
  );
  if (existsSync(installed)) return installed;
  return Number.parseInt(process.versions.node, 10) >= majorMin ? process.execPath : null;
}
