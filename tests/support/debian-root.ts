import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from './bound-process.ts';

/** A Debian 13 with these packages and no recommended ones, made once on each machine (half a minute, from Debian's mirrors). Nothing writes to it. */
export async function debianRoot(options: {
  /** Another one for other packages. */
  readonly name: string;
  readonly packages: readonly string[];
}): Promise<string> {
  const { name, packages } = options;
  const folder = path.resolve(import.meta.dirname, '../../node_modules/.cache/slipway-tests');
  await mkdir(folder, { recursive: true });
  const root = path.join(folder, name);
  const lock = path.join(folder, `${name}-lock`);
  await runProgram('flock', [lock, 'sh', '-euc', makeScript, 'make', root, packages.join(',')]);
  return root;
}

const makeScript = `
test -d "$1" && exit 0
rm -rf --one-file-system "$1.part"
mmdebstrap --quiet --variant=minbase --include="$2" trixie "$1.part"
mv "$1.part" "$1"
`;
