import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '#lib/errors/input.ts';
import { parseDotenv } from '#lib/secrets/dotenv.ts';
import { fromSecretFile } from '#lib/secrets/secret-file.ts';

describe('dotenv', () => {
  test.each<[string, Record<string, string>]>([
    ['A=1\nB=2', { A: '1', B: '2' }],
    ['\ufeffA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['# comment\n\n  export A = 1  \n', { A: '1' }],
    ['A=', { A: '' }],
    ['A=one # two', { A: 'one' }],
    ['A=one#two', { A: 'one#two' }],
    ["A='one # two' # three", { A: 'one # two' }],
    ["A='$HOME \\n'", { A: '$HOME \\n' }],
    ['A="one\\ntwo \\"x\\" \\\\ \\$"', { A: 'one\ntwo "x" \\ \\$' }],
    ['A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
    ['A=\'{\n"x": 1\n}\'', { A: '{\n"x": 1\n}' }],
    ['A=a=b==', { A: 'a=b==' }],
    ['A=1\nA=2', { A: '2' }],
    ['', {}],
  ])('%j', (text, values) => {
    expect(parseDotenv(text)).toEqual(values);
  });

  test.each([
    ['A=1\nhunter2hunter2', 2],
    ['A="hunter2', 1],
    ["\n\nA='hunter2", 3],
    ['1A=hunter2', 1],
    ["A='x' hunter2", 1],
  ])('%j is refused by line %d, without a word of it', (text, line) => {
    const attempt = () => parseDotenv(text);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(`Line ${line} `);
    expect(attempt).not.toThrow(/hunter2/);
  });

  test('any value in single quotes comes back', () => {
    const value = fc.string({ unit: 'binary' }).filter((text) => !/['\r]/.test(text));
    fc.assert(
      fc.property(value, (text) => {
        expect(parseDotenv(`A='${text}'`)).toEqual({ A: text });
      }),
    );
  });
});

describe('the type follows from the keys', () => {
  const google = { type: 'service_account', private_key: 'x', client_email: 'y' };
  test.each<[string, string, string, Record<string, string>]>([
    [
      'Docker Hub',
      'REGISTRY_USERNAME=a\nREGISTRY_PASSWORD=b',
      'docker_hub',
      { REGISTRY_USERNAME: 'a', REGISTRY_PASSWORD: 'b' },
    ],
    [
      'another registry',
      '{"REGISTRY_HOST":"ghcr.io","REGISTRY_PASSWORD":"b"}',
      'registry',
      { REGISTRY_HOST: 'ghcr.io', REGISTRY_PASSWORD: 'b' },
    ],
    ['AWS', 'AWS_ACCESS_KEY_ID=a\nAWS_REGION=c', 'aws', { AWS_ACCESS_KEY_ID: 'a', AWS_REGION: 'c' }],
    [
      'Google in dotenv',
      `SERVICE_ACCOUNT_JSON='${JSON.stringify(google)}'`,
      'gcp',
      { SERVICE_ACCOUNT_JSON: JSON.stringify(google) },
    ],
    [
      'Google in JSON, unquoted',
      JSON.stringify({ SERVICE_ACCOUNT_JSON: google }),
      'gcp',
      { SERVICE_ACCOUNT_JSON: JSON.stringify(google) },
    ],
    [
      'a Google key file itself',
      ` ${JSON.stringify(google)}`,
      'gcp',
      { SERVICE_ACCOUNT_JSON: ` ${JSON.stringify(google)}` },
    ],
  ])('%s', (_, text, type, values) => {
    expect(fromSecretFile(text)).toEqual({ type, values });
  });

  test.each([
    ['no known key', 'HUNTER=hunter2', /none of the keys/],
    ['nothing', '', /none of the keys/],
    ['two registries', 'REGISTRY_PASSWORD=hunter2\nAWS_ACCESS_KEY_ID=hunter2', /several registries/],
    ['broken JSON', '{"REGISTRY_PASSWORD": "hunter2"', /none/],
    ['a number', '{"REGISTRY_PASSWORD": 5}', /has to be a text/],
  ])('%s is refused, without a word of it', (_, text, reason) => {
    const attempt = () => fromSecretFile(text);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(reason);
    expect(attempt).not.toThrow(/hunter2/);
  });
});
