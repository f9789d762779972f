import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Target, type Trial, trialProgram } from '#lib/engines/trial-program.ts';
import { testFolder } from '#tests/support/folder.ts';

const servers: Server[] = [];
let open4: Target;
let open6: Target;
/** Nobody listens there. */
const closed: Target = { address: '127.0.0.1', port: 1 };

beforeAll(async () => {
  open4 = await listen('127.0.0.1');
  open6 = await listen('::1');
});
afterAll(() => {
  for (const server of servers) server.close();
});

async function listen(address: string): Promise<Target> {
  const server = createServer((socket) => socket.destroy()).listen(0, address);
  servers.push(server);
  await once(server, 'listening');
  return { address, port: (server.address() as AddressInfo).port };
}

/** Of the program, by itself or at the end of a command. */
async function exitCodeOf(
  trial: Partial<Trial>,
  command: (folder: string) => readonly string[] = () => [],
): Promise<unknown> {
  const folder = await testFolder();
  const file = path.join(folder, 'program');
  const architecture = process.arch === 'x64' ? 'amd64' : 'arm64';
  await writeFile(file, trialProgram(architecture, { targets: [], waitMs: 50, ...trial }));
  await chmod(file, 0o755);
  await mkdir(path.join(folder, 'below'));
  const [program = file, ...args] = command(folder);
  const [code] = await once(spawn(program, args, { stdio: 'inherit' }), 'exit');
  return code;
}

describe('a program that connects', { skip: process.platform !== 'linux' }, () => {
  test('ends with 0 where nothing takes a connection', async () => {
    expect(await exitCodeOf({ targets: [closed, { ...closed, address: '::1' }] })).toBe(0);
  });

  test('says which of its targets is the first that does', async () => {
    expect(await exitCodeOf({ targets: [open4, closed] })).toBe(64);
    expect(await exitCodeOf({ targets: [closed, closed, open4, open6] })).toBe(66);
    expect(await exitCodeOf({ targets: [closed, open6] })).toBe(65);
  });
});

describe('a program that climbs out of its root', { skip: process.getuid?.() !== 0 }, () => {
  const trial = { folder: '/below' };

  test('does so in a chroot', async () => {
    expect(await exitCodeOf(trial, (folder) => ['chroot', folder, '/program'])).toBe(32);
  });

  test('stays where that is the root of its namespace, and goes on', async () => {
    const pivot = 'mount --bind "$1" "$1"; cd "$1"; mkdir old; pivot_root . old; exec /program';
    const inside = (folder: string) => [
      ...['unshare', '--mount', '--propagation=private', 'sh', '-euc', pivot, 'sh', folder],
    ];
    expect(await exitCodeOf(trial, inside)).toBe(0);
    expect(await exitCodeOf({ ...trial, targets: [closed, open4] }, inside)).toBe(65);
  });

  test('stays where it may make no root', async () => {
    const { uid, gid } = { uid: '65534', gid: '65534' };
    const asNobody = (folder: string) => [
      ...['setpriv', '--reuid', uid, '--regid', gid, '--clear-groups', path.join(folder, 'program')],
    ];
    expect(await exitCodeOf(trial, asNobody)).toBe(0);
  });
});

/** https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
test.each([
  ['amd64', 62],
  ['arm64', 183],
] as const)('is an executable for %s', (architecture, machine) => {
  const bytes = Buffer.from(trialProgram(architecture, { folder: '/a', targets: [closed], waitMs: 1_000 }));
  expect(bytes.subarray(1, 4).toString()).toBe('ELF');
  expect(bytes.readUInt16LE(18)).toBe(machine);
  const [entry, loadedAt, fileBytes] = [24, 80, 96].map((at) => bytes.readBigUInt64LE(at));
  expect(entry).toBe((loadedAt ?? 0n) + 120n);
  expect(fileBytes).toBe(BigInt(bytes.length));
});

/** These were run under emulation, where they did what the tests above say. */
test('for arm64 has the code that was seen to work', () => {
  const targets = [{ address: '169.254.169.254', port: 80 }];
  const bytes = Buffer.from(trialProgram('arm64', { targets, waitMs: 1_000 }));
  expect(bytes.subarray(120).toString('hex')).toBe(
    [
      // socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), kept on the stack
      '400080d20000a0f2210081d20100a0f2020080d20200a0f2c81880d20800a0f2010000d4e00f1ff8',
      // connect(socket, address, 16)
      'e00340f9812880d20108a0f2020280d20200a0f2681980d20800a0f2010000d4',
      // nanosleep(time, 0)
      '802680d20008a0f2010080d20100a0f2a80c80d20800a0f2010000d4',
      // connect(socket, address, 16)
      'e00340f9812880d20108a0f2020280d20200a0f2681980d20800a0f2010000d4',
      // exit(64), unless it answered with what is neither 0 nor EISCONN; exit(0)
      '1f000071600000541fa80131c1000054000880d20000a0f2a80b80d20800a0f2010000d4',
      '000080d20000a0f2a80b80d20800a0f2010000d4',
      // 1 s; port 80 of 169.254.169.254
      '01000000000000000000000000000000',
      '02000050a9fea9fe0000000000000000',
    ].join(''),
  );
});

test('for arm64 climbs with the code that was seen to work', () => {
  const targets = [{ address: '169.254.169.254', port: 80 }];
  const bytes = trialProgram('arm64', { folder: '/below', targets, waitMs: 1_000 });
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(
    '6761a80f774087fd34eae90c2e76d8a74d578e3796182064dea0d61a7caee30d',
  );
});
