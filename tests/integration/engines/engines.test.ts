import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { prepareEngine } from '#lib/engines/engine.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { endProcess, runProgram, spawnBound } from '#tests/support/bound-process.ts';
import { type TestEngine, testEngines } from '#tests/support/engines.ts';
import { filesWith } from '#tests/support/files-with.ts';
import { testFolder } from '#tests/support/folder.ts';
import { until } from '../worker/yard.ts';
import { type Bench, openBench } from './bench.ts';

const secret = 'hf_zyxwvutsrqponmlkjihgfedcba';
const mount = '--mount=type=secret,id=slipway,target=/run/secrets/slipway,mode=0444,required=true';

describe.each(testEngines)('$name', ({ start }) => {
  let engine: TestEngine;
  let bench: Bench;

  beforeAll(async () => {
    engine = await start();
    bench = await openBench(engine);
  });
  afterAll(async () => {
    await bench?.close();
    await engine?.stop();
  });

  /** Content that nothing refers to goes a moment later. */
  const expectNoSecret = () =>
    expect
      .poll(async () => filesWith(secret, [...engine.dataFolders, ...(await secretFolders())]))
      .toEqual([]);

  test('runs a step on a base that no registry has, whose layers keep their digests', async () => {
    const { image } = await bench.run(['echo made > /made']);
    expect(image.manifest.layers.slice(0, -1)).toEqual(bench.base.manifest.layers);
    expect(image.diffIds.slice(0, -1)).toEqual(bench.base.diffIds);
    expect(image.added).toHaveLength(1);
    const { lines } = await bench.run(['cat /made'], { base: image });
    expect(lines).toEqual([{ stream: 'stdout', text: 'made' }]);
  });

  test('tells lines as they come, from which stream, whatever bytes they are', async () => {
    const { lines } = await bench.run([
      'printf "\\033[31mred\\033[0m\\n\\377\\376 no text\\n"; sleep 1; echo aside >&2; sleep 1; printf "no end"',
    ]);
    expect(lines).toEqual([
      { stream: 'stdout', text: '\u001b[31mred\u001b[0m' },
      { stream: 'stdout', text: '\ufffd\ufffd no text' },
      { stream: 'stderr', text: 'aside' },
      { stream: 'stdout', text: 'no end' },
    ]);
  });

  test('copies files as they are, an ignore file among them, and from images of the store', async () => {
    const folder = await testFolder();
    const names = ['.dockerignore', 'kept/one.txt', 'Dockerfile'];
    const files = await Promise.all(
      names.map(async (name, index) => {
        const file = path.join(folder, `${index}`);
        await writeFile(file, '*');
        return { name, file, mode: 0o644 };
      }),
    );
    const other = await bench.run(['echo other > /other']);
    const { image } = await bench.run(['COPY . /here', 'COPY --from=python /other /other'], {
      files,
      images: new Map([['python', other.image]]),
    });
    const look = 'busybox find /here /other -type f | busybox sort; cat /other';
    const { lines } = await bench.run([look], { base: image });
    expect(lines.map(({ text }) => text)).toEqual([
      '/here/.dockerignore',
      '/here/Dockerfile',
      '/here/kept/one.txt',
      '/other',
      'other',
    ]);
  });

  test('gives copied files the permissions that the step says, whatever those are that lie here', async () => {
    const file = path.join(await testFolder(), 'run.sh');
    await writeFile(file, '#!/bin/sh\necho ran\n', { mode: 0o600 });
    const files = [
      { name: 'run.sh', file, mode: 0o755 },
      { name: 'text', file, mode: 0o644 },
    ];
    const { image } = await bench.run(['COPY run.sh text /', 'USER 1000:1000'], { files });
    const { lines } = await bench.run(['/run.sh; busybox stat -c "%a %u:%g" /text; cat /text > /dev/null'], {
      base: image,
    });
    expect(lines.map(({ text }) => text)).toEqual(['ran', '644 0:0']);
  });

  test('follows the links of an image within the image, however an instruction goes over them', async () => {
    const outside = await testFolder();
    await writeFile(path.join(outside, 'passwd'), 'outsider:x:4242:4242::/:/bin/sh\n');
    await chmod(outside, 0o777);
    const before = await readdir(outside);
    const climbing = `${'../'.repeat(20)}${outside}`;
    const { image } = await bench.run([
      `mkdir -p /etc /run; ln -s ${outside} /to; ln -s ${climbing} /climbing; ln -sfn ${outside} /run/secrets; ln -sf ${outside}/passwd /etc/passwd`,
    ]);
    const file = path.join(await testFolder(), 'file');
    await writeFile(file, 'text');
    const files = [{ name: 'file', file, mode: 0o644 }];
    const lines = ['WORKDIR /to/folder', 'COPY file /to/file', 'COPY file /climbing/other', `${mount} true`];
    await bench.run(lines, { base: image, files, secretsText: "A='b'\n" });
    expect(await readdir(outside)).toEqual(before);
    await expect(bench.run(['USER outsider', 'true'], { base: image })).rejects.toThrow(/outsider/);
  });

  test('says which command failed, how, and its last words', async () => {
    const failing = bench.run(['true', 'echo one; sleep 1; echo two >&2; exit 7', 'echo never']);
    await expect(failing).rejects.toMatchObject({
      code: 'step_failed',
      exitCode: 7,
      advice: {
        what: 'A command ended with exit code 7',
        why: '“RUN echo one; sleep 1; echo two >&2; exit 7” failed. Its last words: one · two',
      },
    });
  });

  test('tells a failure from words that end without a line', async () => {
    const failing = bench.run(['printf broken >&2; exit 4']);
    await expect(failing).rejects.toMatchObject({ exitCode: 4 });
  });

  test('runs a step again whenever it is asked to', async () => {
    const say = async () => (await bench.run(['cat /proc/sys/kernel/random/uuid'])).lines[0]?.text;
    expect(await say()).not.toBe(await say());
  });

  test('runs two steps that change no file, whose empty layers are one', async () => {
    const { image: first } = await bench.run(['ENV A=1']);
    const { image: second } = await bench.run(['WORKDIR /bin'], { base: first });
    const { lines } = await bench.run(['echo "$A in $PWD"'], { base: second });
    expect(lines).toContainEqual(expect.objectContaining({ text: '1 in /bin' }));
  });

  test('keeps nothing of a secret that a step was given, printed and wrote', async () => {
    const read = `${mount} . /run/secrets/slipway && echo "$TOKEN" && echo "$TOKEN" > /written`;
    const { lines } = await bench.run([read], { secretsText: `TOKEN='${secret}'\n` });
    expect(lines.map(({ text }) => text)).toEqual([secret]);
    const failing = bench.run([`${read} && exit 3`], { secretsText: `TOKEN='${secret}'\n` });
    await expect(failing).rejects.toMatchObject({ exitCode: 3 });
    await expectNoSecret();
  });

  test('takes values out of what a step prints and out of its failure, across what both are cut at', async () => {
    const said: string[] = [];
    const run = (characters: number) =>
      bench.run([`${mount} . /run/secrets/slipway; printf %0${characters}d 0; echo "$TOKEN"; exit 7`], {
        secretsText: `TOKEN='${secret}'\n`,
        clean: createRedactor([secret]),
        onLine: ({ text }) => said.push(text),
      });
    const why = `Its last words: ${'0'.repeat(390)}***`;
    await expect(run(390)).rejects.toMatchObject({ advice: { why: expect.stringContaining(why) } });
    await expect(run(16_374)).rejects.toMatchObject({ exitCode: 7 });
    expect(said.join('')).toBe(`${'0'.repeat(390)}***${'0'.repeat(16_374)}***`);
  });

  test('mounts a secret in its step, and leaves no trace of the mount', async () => {
    const { image } = await bench.run([`${mount} cat /run/secrets/slipway`], { secretsText: "A='b'\n" });
    const { lines } = await bench.run(['test -e /run/secrets/slipway || echo gone'], { base: image });
    expect(lines).toEqual([{ stream: 'stdout', text: 'gone' }]);
  });

  test('ends whatever a step started when it is cancelled, within two seconds', async () => {
    const seconds = `98765.${process.pid}`;
    const beganAt = performance.now();
    await bench.run(['true']);
    const stepMs = performance.now() - beganAt;
    const cancel = new AbortController();
    const asked = Promise.withResolvers<number>();
    const goneMs = asked.promise.then(async (askedAt) => {
      await until(() => processesWith(seconds).length === 0);
      return performance.now() - askedAt;
    });
    const running = bench.run(
      [`trap "" TERM INT; (setsid sleep ${seconds} &); echo begun; sleep ${seconds}`],
      {
        signal: cancel.signal,
        onLine: () => {
          asked.resolve(performance.now());
          cancel.abort(new Error('Not wanted any more'));
        },
      },
    );
    await expect(running).rejects.toThrow('Not wanted any more');
    expect(processesWith(seconds)).toEqual([]);
    // Where a step of nothing takes its time, the machine is busy; whoever asks politely first waits ten seconds.
    expect(await goneMs).toBeLessThan(6_000 + 3 * stepMs);
    expect(await readdir(path.join(engine.folder, 'tmp'))).toEqual([]);
  });

  test('ends a step that takes too long, and one that prints too much', async () => {
    const seconds = `98764.${process.pid}`;
    const late = bench.run([`sleep ${seconds}`], { limits: { timeoutMs: 2_000 } });
    await expect(late).rejects.toMatchObject({ code: 'step_timeout' });
    const loud = bench.run(['while true; do echo 0123456789012345678901234567890123456789; done'], {
      limits: { outputBytesMax: 100_000 },
    });
    await expect(loud).rejects.toMatchObject({ code: 'step_output' });
    expect(processesWith(seconds)).toEqual([]);
  });

  test('gives a step no network, one of its own, or this machine’s', async () => {
    const look = 'busybox readlink /proc/self/ns/net; cat /proc/net/dev';
    const say = async (network: 'none' | 'private' | 'host') => {
      const { lines } = await bench.run([look], { network });
      const [namespace, ...table] = lines.map(({ text }) => text);
      return { namespace, names: table.flatMap((row) => /^ *(\w+):/.exec(row)?.[1] ?? []) };
    };
    const own = readlinkSync('/proc/self/ns/net');
    const none = await say('none');
    expect(none.names).toEqual(['lo']);
    expect(none.namespace).not.toBe(own);
    const ofItsOwn = await say('private');
    expect(ofItsOwn.names).toHaveLength(2);
    expect(ofItsOwn.namespace).not.toBe(own);
    expect((await say('host')).namespace).toBe(own);
  });

  test('is tried by the command line, with a step that needs no base', async () => {
    const run = async (network: string) => {
      const env = { ...process.env, ...engine.environment, SLIPWAY_STEP_NETWORK: network };
      const said = await runProgram(process.execPath, ['lib/cli/main.ts', 'doctor', '--engine', '--json'], {
        env,
      });
      return said
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    };
    expect(await run('private')).toMatchObject([
      { kind: 'engine', facts: { name: engine.found.facts.name } },
      { kind: 'step', keptFrom: ['machine_files', 'metadata_services'] },
    ]);
    expect(await run('none')).toMatchObject([
      { kind: 'engine' },
      { kind: 'step', keptFrom: ['machine_files'] },
    ]);
  });

  test('runs two steps at once', async () => {
    const results = await Promise.all(['one', 'two'].map((word) => bench.run([`echo ${word} > /word`])));
    const words = await Promise.all(results.map(({ image }) => bench.run(['cat /word'], { base: image })));
    expect(words.map(({ lines }) => lines[0]?.text)).toEqual(['one', 'two']);
  });

  test('reads nobody’s Docker configuration, and asks nobody for logins', async () => {
    const home = await testFolder();
    await mkdir(path.join(home, '.docker'));
    await writeFile(path.join(home, '.docker', 'config.json'), JSON.stringify({ credsStore: 'trap' }));
    const trap = path.join(home, 'docker-credential-trap');
    await writeFile(trap, `#!/bin/sh\ntouch ${home}/caught\n`);
    await chmod(trap, 0o755);
    vi.stubEnv('HOME', home);
    const searchPath = `${home}${path.delimiter}${engine.searchPath}`;
    const trapped = await openBench({ ...engine, searchPath });
    try {
      await trapped.run(['true']);
    } finally {
      vi.unstubAllEnvs();
      await trapped.close();
    }
    expect(await readdir(home)).not.toContain('caught');
  });

  test('is clean again before a worker is ready, when a build was killed in a step', async () => {
    const seconds = `98763.${process.pid}`;
    const script = `
      import { openBench } from '#tests/integration/engines/bench.ts';
      const bench = await openBench(JSON.parse(process.argv[1]));
      await bench.run([${JSON.stringify(`${mount} . /run/secrets/slipway; echo begun; echo "$TOKEN" > /t; sleep ${seconds}`)}], {
        secretsText: ${JSON.stringify(`TOKEN='${secret}'\n`)},
        onLine: ({ text }) => console.log(text),
      });`;
    const { found, folder, searchPath } = engine;
    const storeFolder = await testFolder();
    const child = spawnBound(
      process.execPath,
      ['--input-type=module', '-e', script, JSON.stringify({ found, folder, searchPath })],
      {
        cwd: path.resolve(import.meta.dirname, '../../..'),
        env: { ...process.env, TMPDIR: storeFolder },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until(() => said.includes('begun'));
    await endProcess(child);
    await until(() => processesWith(seconds).length === 0);
    await prepareEngine(found, { folder, searchPath });
    expect(await readdir(path.join(folder, 'tmp'))).toEqual([]);
    await expectNoSecret();
    expect(mountsBelow(folder)).toBe(0);
  });
});

function processesWith(text: string): readonly string[] {
  const found = execFileSync('sh', ['-c', 'pgrep -af "sleep $1" | grep -v pgrep || true', 'sh', text]);
  return found.toString().split('\n').filter(Boolean);
}

/** Of any engine: what one of them left is found by its text. */
async function secretFolders(): Promise<readonly string[]> {
  const names = await readdir('/dev/shm');
  return names
    .filter((name) => /^slipway-[0-9a-f]{8}-[0-9a-f-]{27}-/.test(name))
    .map((name) => `/dev/shm/${name}`);
}

function mountsBelow(folder: string): number {
  return Number(execFileSync('sh', ['-c', 'grep -c "$1" /proc/mounts || true', 'sh', folder]).toString());
}
