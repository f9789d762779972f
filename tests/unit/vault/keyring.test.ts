import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeyringError } from '#lib/vault/errors.ts';
import { runKeyCommand } from '#lib/vault/key-command.ts';
import { addKey, loadKeyring } from '#lib/vault/keyring.ts';

const line = (fill: number) => `slipway-key-1 ${Buffer.alloc(32, fill).toString('base64url')}`;
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-keyring-'));
  file = path.join(folder, 'keys', 'private-keys');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (name: string) => (await stat(name)).mode & 0o777;

describe('the file', () => {
  test('is made at the first start, for its owner alone, and is the same afterwards', async () => {
    const first = await loadKeyring({ file });
    expect(await modeOf(file)).toBe(0o600);
    expect(await modeOf(path.dirname(file))).toBe(0o700);
    expect((await loadKeyring({ file })).newest).toEqual(first.newest);
    expect(await readdir(path.dirname(file))).toEqual(['private-keys']);
  });

  test('names a key by the hash of its public half', async () => {
    const { newest, find } = await loadKeyring({ file });
    expect(newest.id).toBe(createHash('sha256').update(newest.publicKey).digest('hex').slice(0, 16));
    expect(find(newest.id)?.publicKey).toEqual(newest.publicKey);
    expect(newest).not.toHaveProperty('privateKey');
  });

  test('is one and the same for processes that start at once', async () => {
    const script = `import { loadKeyring } from '#lib/vault/keyring.ts';
      console.log((await loadKeyring({ file: ${JSON.stringify(file)} })).newest.id);`;
    const runs = await Promise.all(
      Array.from({ length: 4 }, () =>
        promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]),
      ),
    );
    const inProcess = await Promise.all(Array.from({ length: 20 }, () => loadKeyring({ file })));
    const ids = new Set([
      ...runs.map(({ stdout }) => stdout.trim()),
      ...inProcess.map(({ newest }) => newest.id),
    ]);
    expect([...ids]).toEqual([inProcess[0]?.newest.id]);
    expect(await readdir(path.dirname(file))).toEqual(['private-keys']);
  });

  test.each([0o640, 0o604, 0o620, 0o666])(
    'of mode %o is refused with the command that mends it',
    async (mode) => {
      await loadKeyring({ file });
      await chmod(file, mode);
      const refusal = loadKeyring({ file });
      await expect(refusal).rejects.toThrow(KeyringError);
      await expect(refusal).rejects.toMatchObject({
        advice: { next: expect.stringContaining(`chmod 600 '${file}'`) },
      });
    },
  );

  test('takes a second key, which seals while the first still opens, and no key is lost to a race', async () => {
    const first = await loadKeyring({ file });
    const second = await addKey({ file });
    expect(second.newest.id).not.toBe(first.newest.id);
    expect(second.find(first.newest.id)?.publicKey).toEqual(first.newest.publicKey);
    const added = await Promise.all(Array.from({ length: 10 }, () => addKey({ file })));
    const last = await loadKeyring({ file });
    for (const { newest } of [first, second, ...added]) expect(last.find(newest.id)).toBeDefined();
    expect(await modeOf(file)).toBe(0o600);
  });

  test('that cannot be made says why', async () => {
    await writeFile(path.join(folder, 'keys'), 'a file where the folder should be');
    await expect(loadKeyring({ file })).rejects.toThrow(/could not be read or made \((ENOTDIR|EEXIST)\)/);
  });

  test('of a wrong kind is not read whole', async () => {
    await loadKeyring({ file });
    await writeFile(file, 'x'.repeat(300 * 1024));
    await expect(loadKeyring({ file })).rejects.toThrow(/larger than/);
  });
});

describe('the text', () => {
  test('may hold comments, empty lines, CRLF and spaces; the last key is the newest', async () => {
    const keyring = await loadKeyring({ file, text: `# old\r\n${line(1)}\r\n\r\n  ${line(2)}  \n# end` });
    const alone = await loadKeyring({ file, text: line(2) });
    expect(keyring.newest).toEqual(alone.newest);
    await expect(stat(file)).rejects.toThrow(/ENOENT/);
  });

  test.each([
    ['nothing', '', /holds no key/],
    ['comments only', '# none\n', /holds no key/],
    ['another word', `${line(1)}\nslipway-key-2 ${'A'.repeat(43)}`, /line 2 that is no key/],
    ['a short key', `slipway-key-1 ${'A'.repeat(42)}`, /line 1 that is no key/],
    ['a long key', `slipway-key-1 ${'A'.repeat(44)}`, /line 1 that is no key/],
    ['other base64', `slipway-key-1 ${'A'.repeat(42)}+`, /line 1 that is no key/],
  ])('with %s is refused', async (_, text, reason) => {
    await expect(loadKeyring({ file, text })).rejects.toThrow(reason);
  });

  test('is never part of an error', async () => {
    const error = await loadKeyring({ file, text: `${line(9)}\n${line(9)}x` }).catch((caught) => caught);
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('CQkJCQ');
  });
});

describe('the command', () => {
  test('prints the keys, with a pipe in it, and leaves no file', async () => {
    const keyring = await loadKeyring({ file, command: `printf '%s\\n' '${line(3)}' | cat` });
    expect(keyring.newest).toEqual((await loadKeyring({ file, text: line(3) })).newest);
    await expect(stat(file)).rejects.toThrow(/ENOENT/);
  });

  test.each([
    ['fails', `echo '${line(3)}'; exit 3`, /ended with exit code 3/],
    ['does not exist', 'slipway-no-such-command', /ended with exit code 127/],
    ['prints something else', 'echo hunter2hunter2', /The key command has a line 1 that is no key/],
    ['prints nothing', 'true', /holds no key/],
    ['prints without end', 'yes', /printed more than/],
  ])('that %s is refused, without its output', async (_, command, reason) => {
    const error = await loadKeyring({ file, command }).catch((caught) => caught);
    expect(error).toBeInstanceOf(KeyringError);
    expect(error.message).toMatch(reason);
    expect(`${error.message} ${JSON.stringify(error.advice)}`).not.toMatch(/hunter2|AwMDAw/);
  });

  test('that hangs is ended with everything it started', async () => {
    const pidFile = path.join(folder, 'pid');
    const command = `sleep 60 & echo $! > '${pidFile}'; wait`;
    await expect(runKeyCommand({ command, timeoutMs: 300 })).rejects.toThrow(/took longer than 0.3 s/);
    await expectEnded(Number(await readFile(pidFile, 'utf8')));
  });

  test('ends when its caller gives up', async () => {
    const controller = new AbortController();
    const run = runKeyCommand({ command: 'sleep 60', signal: controller.signal });
    controller.abort(new Error('stopping'));
    await expect(run).rejects.toThrow('stopping');
  });
});

/** A killed orphan stays in the table until its new parent has collected it. */
async function expectEnded(pid: number): Promise<void> {
  await expect
    .poll(async () => {
      const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return status === '' || / Z /.test(status);
    })
    .toBe(true);
}
