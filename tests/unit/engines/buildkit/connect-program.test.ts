import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectProgram, type Target } from '#lib/engines/buildkit/connect-program.ts';
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

async function exitCodeOf(targets: readonly Target[]): Promise<unknown> {
  const file = path.join(await testFolder(), 'program');
  const architecture = process.arch === 'x64' ? 'amd64' : 'arm64';
  await writeFile(file, connectProgram({ architecture, targets, waitMs: 50 }));
  await chmod(file, 0o755);
  const [code] = await once(spawn(file, { stdio: 'ignore' }), 'exit');
  return code;
}

describe('a program that connects', { skip: process.platform !== 'linux' }, () => {
  test('ends with 0 where nothing takes a connection', async () => {
    expect(await exitCodeOf([closed, { ...closed, address: '::1' }])).toBe(0);
  });

  test('says which of its targets is the first that does', async () => {
    expect(await exitCodeOf([open4, closed])).toBe(64);
    expect(await exitCodeOf([closed, closed, open4, open6])).toBe(66);
    expect(await exitCodeOf([closed, open6])).toBe(65);
  });
});

/** https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
test.each([
  ['amd64', 62],
  ['arm64', 183],
] as const)('is an executable for %s', (architecture, machine) => {
  const bytes = Buffer.from(connectProgram({ architecture, targets: [closed], waitMs: 1_000 }));
  expect(bytes.subarray(1, 4).toString()).toBe('ELF');
  expect(bytes.readUInt16LE(18)).toBe(machine);
  const [entry, loadedAt, fileBytes] = [24, 80, 96].map((at) => bytes.readBigUInt64LE(at));
  expect(entry).toBe((loadedAt ?? 0n) + 120n);
  expect(fileBytes).toBe(BigInt(bytes.length));
});

/** This code was run under emulation, where it did what the table above says. */
test('for arm64 has the code that was seen to work', () => {
  const targets = [{ address: '169.254.169.254', port: 80 }];
  const bytes = Buffer.from(connectProgram({ architecture: 'arm64', targets, waitMs: 1_000 }));
  expect(bytes.subarray(120).toString('hex')).toBe(
    [
      // socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), kept on the stack
      '400080d20000a0f2210081d20100a0f2020080d20200a0f2c81880d20800a0f2010000d4e00f1ff8',
      // connect(socket, address, 16)
      '812780d20108a0f2020280d20200a0f2681980d20800a0f2010000d4',
      // nanosleep(time, 0)
      '802580d20008a0f2010080d20100a0f2a80c80d20800a0f2010000d4',
      // connect(socket, address, 16)
      'e00340f9812780d20108a0f2020280d20200a0f2681980d20800a0f2010000d4',
      // exit(64), unless it answered with what is neither 0 nor EISCONN; exit(0)
      '600000341fa80131c1000054000880d20000a0f2a80b80d20800a0f2010000d4',
      '000080d20000a0f2a80b80d20800a0f2010000d4',
      // 1 s; port 80 of 169.254.169.254
      '01000000000000000000000000000000',
      '02000050a9fea9fe0000000000000000',
    ].join(''),
  );
});
