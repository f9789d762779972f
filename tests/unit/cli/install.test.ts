import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished, test } from 'vitest';
import { endlessTool, expectGone, freshFile, killWhoeverWaits } from '#tests/support/endless-tool.ts';

test('an installation ends with the start that waits for it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-install-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = freshFile();
  const npm = path.join(folder, 'npm.js');
  await writeFile(npm, `process.argv[1] = ${JSON.stringify(file)};${endlessTool}`);
  const module = pathToFileURL(path.resolve(import.meta.dirname, '../../../bin/launch/install.mjs')).href;
  const processes = await killWhoeverWaits({
    file,
    env: { npm_execpath: npm },
    module: `
      const { install } = await import('${module}');
      await install(${JSON.stringify(folder)}, () => {});`,
  });
  await expectGone(processes);
});
