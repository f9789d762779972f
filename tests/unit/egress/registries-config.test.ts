import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RegistriesFileError } from '#lib/egress/errors.ts';
import { loadRegistries, type Registries, ruleFor } from '#lib/egress/registries-config.ts';

describe('registries.json', () => {
  it('that is not there is empty', async () => {
    const folder = await makeFolder();
    expect(await loadRegistries({ path: path.join(folder, 'none.json') })).toEqual({
      registries: {},
      tokenUris: [],
    });
  });

  it('says how hosts are reached, its CA files beside it', async () => {
    const folder = await makeFolder();
    await writeFile(path.join(folder, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n');
    const rule = {
      endpoint: 'http://10.0.0.5:5000',
      mirrors: ['https://mirror.example/base'],
      plainHttp: true,
      allowPrivate: true,
      staleHoursMax: 1.5,
    };
    const loaded = await load(folder, {
      registries: {
        'Registry.example.com:5000': rule,
        '*.corp.example': { caFile: 'ca.pem' },
        '[::1]:5000': {},
      },
      tokenUris: ['https://tokens.example/token', 'http://127.0.0.1:8080/token', 'http://[::1]:8080/token'],
    });
    expect(loaded).toEqual({
      registries: {
        'registry.example.com:5000': rule,
        '*.corp.example': { caFile: path.join(folder, 'ca.pem') },
        '[::1]:5000': {},
      },
      tokenUris: ['https://tokens.example/token', 'http://127.0.0.1:8080/token', 'http://[::1]:8080/token'],
    });
  });

  it.each<[string, unknown, string]>([
    ['{\n  "registries": {,}\n}', undefined, 'registries.json:2:18: is not JSON from here on.'],
    ['', [], ': the file must be an object.'],
    ['', { registry: {} }, ': the file has “registry”, which is not a setting.'],
    ['', { registries: [] }, ': registries must be an object.'],
    ['', { registries: { a: { mirrors: 5 } } }, ': registries.a.mirrors must be a list.'],
    ['', { registries: { a: { endpoint: 5 } } }, ': registries.a.endpoint must be text.'],
    ['', { registries: { 'ghcr.io': 5 } }, ': registries["ghcr.io"] must be an object.'],
    [
      '',
      { registries: { 'ghcr.io': { mirror: [] } } },
      ': registries["ghcr.io"] has “mirror”, which is not a setting.',
    ],
    [
      '',
      { registries: { 'ghcr.io': { endpoint: 'ghcr.io' } } },
      ': registries["ghcr.io"].endpoint must be an address like https://registry.example.com.',
    ],
    ['', { registries: { 'ghcr.io': { endpoint: 'https://u:p@ghcr.io' } } }, '.endpoint must be an address'],
    ['', { registries: { 'ghcr.io': { endpoint: 'ftp://ghcr.io' } } }, '.endpoint must be an address'],
    ['', { registries: { 'ghcr.io': { mirrors: ['https://a', 'b'] } } }, '.mirrors[1] must be an address'],
    ['', { registries: { 'ghcr.io': { plainHttp: 'yes' } } }, '.plainHttp must be true or false.'],
    [
      '',
      { registries: { 'ghcr.io': { endpoint: 'http://a', plainHttp: false } } },
      '.plainHttp must not be false',
    ],
    ['', { registries: { 'https://ghcr.io': {} } }, ': registries["https://ghcr.io"] must be a host like'],
    ['', { registries: { '*': {} } }, 'must be a host like'],
    ['', { registries: { 'a.*.example': {} } }, 'must be a host like'],
    [
      '',
      { tokenUris: ['http://a'] },
      ': tokenUris[0] must be an https address, or an http one on this machine',
    ],
    ['', { tokenUris: ['http://localhost:8080/token'] }, ': tokenUris[0] must be an https address'],
    ['', { tokenUris: ['http://127.0.0.1.example/token'] }, ': tokenUris[0] must be an https address'],
    ['', { tokenUris: ['https://u:p@a/token'] }, ': tokenUris[0] must be an https address'],
    [
      '',
      { registries: { 'ghcr.io': { staleHoursMax: '4' } } },
      ': registries["ghcr.io"].staleHoursMax must be a number of hours.',
    ],
    ['', { registries: { 'ghcr.io': { staleHoursMax: 0 } } }, '.staleHoursMax must be more than 0.'],
    ['', { registries: { 'ghcr.io': { staleHoursMax: 1e6 } } }, '.staleHoursMax must be at most 8760.'],
    [
      '',
      { registries: { a: { caFile: 'missing.pem' } } },
      ': registries["a"].caFile must be a readable PEM file',
    ],
    [
      '',
      { registries: { a: { caFile: 'registries.json' } } },
      ': registries["a"].caFile must be a readable PEM file',
    ],
  ])('that is wrong is one line (%#)', async (text, json, line) => {
    const folder = await makeFolder();
    const loading = text === '' ? load(folder, json) : load(folder, text);
    const error = await loading.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RegistriesFileError);
    const { why } = (error as RegistriesFileError).advice;
    expect(why).toContain(line);
    expect(why.startsWith(path.join(folder, 'registries.json'))).toBe(true);
    expect(why).not.toContain('\n');
  });

  it('that is a folder is one line', async () => {
    const folder = await makeFolder();
    await expect(loadRegistries({ path: folder })).rejects.toThrow('cannot be read');
  });
});

describe('the rule for a host', () => {
  const registries: Registries = {
    registries: {
      'registry.example.com': { endpoint: 'https://own' },
      '*.example.com': { endpoint: 'https://short' },
      '*.eu.example.com': { endpoint: 'https://long' },
      '*.example.com:5000': { endpoint: 'https://port' },
    },
    tokenUris: [],
  };

  it.each([
    ['registry.example.com', 'https://own'],
    ['REGISTRY.example.com', 'https://own'],
    ['a.example.com', 'https://short'],
    ['a.b.example.com', 'https://short'],
    ['a.eu.example.com', 'https://long'],
    ['a.example.com:5000', 'https://port'],
    ['a.example.com:5001', undefined],
    ['registry.example.com:22', undefined],
    ['example.com', undefined],
    ['.example.com', undefined],
    ['badexample.com', undefined],
    ['constructor', undefined],
  ])('%s is that of %s', (host, endpoint) => {
    expect(ruleFor(registries, host)?.endpoint).toBe(endpoint);
  });
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-registries-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function load(folder: string, content: unknown): Promise<Registries> {
  const file = path.join(folder, 'registries.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return loadRegistries({ path: file });
}
