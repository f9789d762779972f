import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { enginePackages } from '#lib/engines/buildah/engine-packages.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** Runs our Node as somebody who sees no program of this machine. */
function run(
  argv: readonly string[],
  as: readonly string[] = [],
): Promise<{ readonly code: unknown; readonly text: string }> {
  const env = { PATH: '/nowhere', NODE_ENV: 'production' } as const;
  return new Promise((resolve) => {
    execFile(
      '/usr/bin/setpriv',
      [...as, '--', process.execPath, ...argv],
      { cwd: root, env },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, text: stdout + stderr }),
    );
  });
}

const doctor = (...argv: readonly string[]) => run(['lib/cli/main.ts', 'doctor', '--engine', ...argv]);

describe('slipway doctor --engine', () => {
  test('says what is missing and how to get it, and that it is missing by its exit code', async () => {
    const { code, text } = await doctor();
    expect(code).toBe(10);
    expect(text).toContain('Buildah is not installed.');
    for (const name of enginePackages) expect(text).toContain(name);
  });

  test('is JSON for programs', async () => {
    const { text } = await doctor('--json');
    expect(JSON.parse(text)).toMatchObject({ kind: 'engine', facts: null, network: 'private' });
  });

  test('takes no reference', async () => {
    expect((await doctor('ubuntu')).code).toBe(2);
  });
});

describe('slipway start --with-engine', () => {
  const installing = `
    const { installEngine } = await import('${root}/lib/cli/install-engine.ts');
    const { createSteps } = await import('${root}/lib/cli/steps.ts');
    const { signal } = new AbortController();
    await installEngine({ steps: createSteps(process.stdout), signal }).catch(({ advice }) => console.log(advice));
  `;

  test('installs nothing for anybody but root, and says exactly what to do', async () => {
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    const { text } = await run(['--input-type=module', '-e', installing], nobody);
    expect(text).toContain('Packages can be installed by root alone.');
    expect(text).toContain(`apt-get install --no-install-recommends ${enginePackages.join(' ')}`);
    expect(text).not.toContain('Installing');
  });

  test('is the only word that start takes', async () => {
    const { code, text } = await run(['lib/cli/main.ts', 'start', '--with-engines']);
    expect(code).toBe(2);
    expect(text).toContain('--with-engines');
  });
});
