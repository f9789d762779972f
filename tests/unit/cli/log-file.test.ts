import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogFile } from '#lib/cli/log-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what is written stays in order, also over two runs, for its owner alone', () => {
  const file = path.join(folder, 'web.log');
  for (const line of ['one\n', 'two\n']) {
    const log = new LogFile(file);
    log.write(Buffer.from(line));
    log.close();
  }
  expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('however much is written, two files of ten megabytes are all there is', () => {
  const file = path.join(folder, 'web.log');
  const log = new LogFile(file);
  const chunk = Buffer.alloc(1_000_000, 'x');
  for (let count = 0; count < 35; count += 1) log.write(chunk);
  log.write(Buffer.from('\nthe end\n'));
  log.close();
  expect(statSync(file).size).toBeLessThanOrEqual(10_000_000);
  expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(10_000_000);
  expect(readFileSync(file, 'utf8').endsWith('the end\n')).toBe(true);
});

test('its tail is the last lines, to say why a process ended', () => {
  const log = new LogFile(path.join(folder, 'web.log'));
  for (let line = 1; line <= 100; line += 1) log.write(Buffer.from(`line ${line}\n`));
  log.close();
  expect(log.tail.split('\n')).toHaveLength(12);
  expect(log.tail.endsWith('line 100')).toBe(true);
});
