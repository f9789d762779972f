import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');

describe('help', () => {
  test('names every command with what it is for', async () => {
    const { code, stdout } = await slipway(['--help']);
    expect(code).toBe(0);
    for (const name of ['start', 'worker', 'migrate', 'pull', 'doctor', 'user reset-password']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +[A-Z].{10,}$`, 'm'));
    }
  });

  test.each(['start', 'worker', 'migrate', 'pull', 'doctor', 'user reset-password', 'prepare'])(
    'of %s begins with its usage',
    async (name) => {
      const { code, stdout, stderr } = await slipway([...name.split(' '), '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: slipway ${name}`));
    },
  );

  test('of start lists every setting with what holds without it', async () => {
    const { variables } = await import('#lib/config/settings.ts');
    const { stdout } = await slipway(['start', '--help']);
    for (const [name, { fallback }] of Object.entries(variables)) {
      expect(stdout).toMatch(new RegExp(`^  ${name}$`, 'm'));
      expect(stdout).toContain(`Default: ${fallback}.`);
    }
  });

  test('comes with exit code 2 when no command is given', async () => {
    expect((await slipway([])).code).toBe(2);
  });
});

describe('words that mean nothing get one line and exit code 2', () => {
  test.each([
    [['strat'], 'There is no command "strat". Did you mean "start"?'],
    [['user'], 'There is no command "user".'],
    [['user', 'reset-pasword'], 'Did you mean "user reset-password"?'],
    [['frobnicate'], 'The commands are start, worker'],
    [['start', '--prot'], '`slipway start` has no option "--prot"'],
    [['worker', 'now'], '`slipway worker` takes no argument'],
    [['doctor'], 'There is no image to check. The reference is missing.'],
    [['doctor', 'a', 'b'], 'One check takes one reference.'],
    [['doctor', 'a', '--to', 'd'], '`slipway doctor` has no option "--to"'],
    [['migrate', '-x'], '`slipway migrate` has no option "-x"'],
    [['user', 'reset-password'], 'takes one email'],
    [['user', 'reset-password', 'a@b.c', 'd'], '"d" is one word too many'],
    [['user', 'reset-password', '--force', 'a@b.c'], 'has no option "--force"'],
  ])('slipway %j', async (argv, message) => {
    const { code, stdout, stderr } = await slipway(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^slipway: .+\n$/);
    expect(stderr).toContain(message);
  });

  test('a worker without a database', async () => {
    const { code, stderr } = await slipway(['worker']);
    expect(code).toBe(2);
    expect(stderr).toContain('A worker needs DATABASE_URL');
  });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function slipway(argv: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(root, 'bin/slipway.mjs'), ...argv],
      { cwd: root, env: { PATH: process.env.PATH } as unknown as NodeJS.ProcessEnv },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}
