import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { completeFiles } from '#lib/cli/build-files.ts';
import { testFolder } from '#tests/support/folder.ts';

test('files that COPY takes may be executed where those that lie there may, unless the definition says', async () => {
  const folder = await testFolder();
  for (const [name, mode] of [
    ['run.sh', 0o700],
    ['text', 0o640],
  ] as const) {
    await writeFile(path.join(folder, name), name);
    await chmod(path.join(folder, name), mode);
  }
  const files = [{ name: 'run.sh' }, { name: 'text' }, { name: 'run.sh', mode: '0600' }];
  const value = await completeFiles({ steps: [{ kind: 'dockerfile_commands', files }] }, folder);
  expect(value).toMatchObject({
    steps: [{ files: [{ mode: '0755', size_bytes: 6 }, { mode: '0644' }, { mode: '0600' }] }],
  });
});
