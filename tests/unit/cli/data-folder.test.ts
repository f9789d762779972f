import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { openDataFolder } from '#lib/cli/data-folder.ts';
import { AlreadyRunningError, StartError } from '#lib/cli/start-error.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('it is made with all that leads to it, closed to other users', () => {
  const opened = openDataFolder(path.join(folder, 'a', 'b'));
  expect(statSync(path.join(folder, 'a', 'b')).mode & 0o777).toBe(0o700);
  opened.release();
});

test('an open one is closed to other users', () => {
  const open = path.join(folder, 'open');
  mkdirSync(open, { mode: 0o755 });
  openDataFolder(open).release();
  expect(statSync(open).mode & 0o777).toBe(0o700);
});

test('a second process is told who has it, and gets it when the first lets go', () => {
  const first = openDataFolder(folder);
  expect(() => openDataFolder(folder)).toThrow(AlreadyRunningError);
  expect(() => openDataFolder(folder)).toThrow(`Process ${process.pid}`);
  first.release();
  openDataFolder(folder).release();
});

test('a process killed by -9 leaves no lock', async () => {
  const script = `import('#lib/cli/data-folder.ts').then(({ openDataFolder }) => {
    globalThis.held = openDataFolder(${JSON.stringify(folder)}); process.stdout.write('held'); setInterval(() => {}, 1000); });`;
  const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  expect(() => openDataFolder(folder)).toThrow(AlreadyRunningError);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  openDataFolder(folder).release();
});

test.each([
  ['a file of that name', () => path.join(folder, 'file')],
  ['a file on the way', () => path.join(folder, 'file', 'data')],
  ['a file system that takes no folders', () => '/proc/slipway'],
])('%s is one clear error', (_name, where) => {
  writeFileSync(path.join(folder, 'file'), '');
  const target = where();
  expect(() => openDataFolder(target)).toThrow(StartError);
  expect(() => openDataFolder(target)).toThrow(target);
});
