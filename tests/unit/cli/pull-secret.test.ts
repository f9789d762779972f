import { generateKeyPairSync } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type PullArguments, parsePullArguments } from '#lib/cli/pull-arguments.ts';
import { readPullSecret } from '#lib/cli/pull-secret.ts';
import { parseSecretFile } from '#lib/cli/secret-file.ts';
import { reportError } from '#lib/errors/report.ts';
import { testFolder } from '#tests/support/folder.ts';

const both = { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: 'pass word#1' };
const parse = (text: string) => parseSecretFile({ text, file: 's', host: 'ghcr.io' });

describe('a secret file', () => {
  it.each([
    ['JSON', JSON.stringify(both), 'ghcr.io'],
    ['JSON with a byte order mark and space', `\uFEFF\n ${JSON.stringify(both)}`, 'ghcr.io'],
    ['dotenv', 'REGISTRY_USERNAME=ines\nREGISTRY_PASSWORD="pass word#1"\n', 'ghcr.io'],
    [
      'dotenv with comments, exports and other line ends',
      "# mine\r\nexport REGISTRY_USERNAME=ines\r\nREGISTRY_PASSWORD='pass word#1'\r\n",
      'ghcr.io',
    ],
    [
      'a host',
      JSON.stringify({ ...both, REGISTRY_HOST: 'registry.example.com:5000' }),
      'registry.example.com:5000',
    ],
    [
      'a host in upper case with a scheme',
      JSON.stringify({ ...both, REGISTRY_HOST: 'https://Registry.Example.com/' }),
      'registry.example.com',
    ],
    [
      'Docker Hub by another name',
      JSON.stringify({ ...both, REGISTRY_HOST: 'registry-1.docker.io' }),
      'docker.io',
    ],
    [
      'Docker Hub by the name that Docker keeps it under',
      JSON.stringify({ ...both, REGISTRY_HOST: 'index.docker.io' }),
      'docker.io',
    ],
    [
      'a cloud that takes tokens as passwords',
      JSON.stringify({ ...both, REGISTRY_HOST: 'europe-west1-docker.pkg.dev' }),
      'europe-west1-docker.pkg.dev',
    ],
  ])('is read from %s', (_what, text, host) => {
    expect(parse(text)).toMatchObject({ type: 'registry', host, values: both });
  });

  it.each([
    ['is empty', '', 'It has none of the keys'],
    ['has other keys', 'A=b', 'It has none of the keys'],
    ['lacks the password', 'REGISTRY_USERNAME=ines', 'REGISTRY_PASSWORD is missing'],
    [
      'has an empty username',
      'REGISTRY_USERNAME=\nREGISTRY_PASSWORD=secret-value',
      'REGISTRY_USERNAME is missing',
    ],
    ['is broken JSON', '{"REGISTRY_PASSWORD":"secret-value"', 'It begins like JSON'],
    ['has a number', '{"REGISTRY_PASSWORD":1}', 'The value of REGISTRY_PASSWORD is not text'],
    ['is of two types', JSON.stringify({ ...both, AWS_ACCESS_KEY_ID: 'secret-value' }), 'more than one type'],
    [
      'has no host as its host',
      JSON.stringify({ ...both, REGISTRY_HOST: 'a b' }),
      "is not a registry's host",
    ],
  ])('is not taken when it %s', (_what, text, why) => {
    const failure = failureOf(() => parse(text));
    expect(failure).toMatchObject({ kind: 'input', why: expect.stringContaining(why) });
    expect(JSON.stringify(failure)).not.toMatch(/secret-value|pass word/);
  });

  const aws = {
    AWS_ACCESS_KEY_ID: 'AKIA1234567890ABCDEF',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const ecr = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';

  it.each([
    ['with its region', { ...aws, AWS_REGION: 'us-east-1' }, 'us-east-1'],
    ['without a region, which the image’s host says', aws, 'eu-west-1'],
    [
      'with what belongs to other tools',
      { ...aws, AWS_PROFILE: 'me', AWS_ENDPOINT_URL_ECR: 'http://x' },
      'eu-west-1',
    ],
  ])('is of type aws by its keys, %s', (_what, values, region) => {
    const found = parseSecretFile({ text: JSON.stringify(values), file: 's', host: ecr });
    expect(found).toEqual({
      type: 'aws',
      host: '*.dkr.ecr.*.amazonaws.com',
      values: { ...aws, AWS_REGION: region },
    });
  });

  it('is of type gcp by its key, whose text is mended as in a form', () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const account = {
      type: 'service_account',
      project_id: 'acme',
      private_key_id: '0123456789abcdef0123456789abcdef01234567',
      private_key: privateKey,
      client_email: 'pull@acme.iam.gserviceaccount.com',
      token_uri: 'https://oauth2.googleapis.com/token',
    };
    const text = JSON.stringify({
      SERVICE_ACCOUNT_JSON: Buffer.from(JSON.stringify(account)).toString('base64'),
    });
    const found = parseSecretFile({ text, file: 's', host: 'gcr.io' });
    expect(found).toMatchObject({ type: 'gcp', host: '*-docker.pkg.dev' });
    expect(JSON.parse(found.values.SERVICE_ACCOUNT_JSON ?? '')).toEqual(account);
  });

  it.each([
    [
      'a key without its secret half',
      { AWS_ACCESS_KEY_ID: aws.AWS_ACCESS_KEY_ID },
      /^AWS_SECRET_ACCESS_KEY: Enter/,
    ],
    [
      'a role alone',
      { AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/pull' },
      /A role alone signs in to nothing/,
    ],
    [
      'halves of a key in each other’s place',
      { AWS_ACCESS_KEY_ID: aws.AWS_SECRET_ACCESS_KEY, AWS_SECRET_ACCESS_KEY: aws.AWS_ACCESS_KEY_ID },
      /looks like the secret access key/,
    ],
    ['a path in the place of a key file', { SERVICE_ACCOUNT_JSON: './key.json' }, /^SERVICE_ACCOUNT_JSON: /],
  ])('is not taken with %s', (_what, values, why) => {
    const failure = failureOf(() => parseSecretFile({ text: JSON.stringify(values), file: 's', host: ecr }));
    expect(failure).toMatchObject({ kind: 'input', why: expect.stringMatching(why) });
    expect(JSON.stringify(failure)).not.toContain('wJalr');
  });

  it('says why it cannot be read', async () => {
    const folder = await testFolder();
    const large = path.join(folder, 'large');
    await writeFile(large, Buffer.alloc(300_000, 'A'));
    await chmod(large, 0o600);
    const read = (file: string) => {
      const options = parsePullArguments(['ghcr.io/a/b', '--to', 'd', '--secret-file', file]);
      return readPullSecret({ ...asked(options), stdin: Readable.from([]) });
    };
    await expect(read(path.join(folder, 'none'))).rejects.toMatchObject({
      advice: { why: 'There is no such file.' },
    });
    await expect(read(folder)).rejects.toMatchObject({ advice: { why: 'It is a folder.' } });
    await expect(read(large)).rejects.toMatchObject({ advice: { why: 'It is larger than 256 KiB.' } });
  });
});

describe('a password from standard input', () => {
  const read = (stdin: Readable & { isTTY?: boolean }) => {
    const options = parsePullArguments([
      'GHCR.io/a/b',
      '--to',
      'd',
      '--username',
      'ines',
      '--password-stdin',
    ]);
    return readPullSecret({ ...asked(options), stdin });
  };

  it.each([
    ['plain', ['token'], 'token'],
    ['with a line end', ['token\n'], 'token'],
    ['with the line end of Windows', ['token\r\n'], 'token'],
    ['with more than one line end, of which the last goes', ['token\n\n'], 'token\n'],
    ['with spaces, which may be its own', [' to ken '], ' to ken '],
    ['in pieces that cut a character', [Buffer.from([0xc3]), Buffer.from([0xa9])], 'é'],
  ])('is taken %s', async (_what, chunks, password) => {
    const secret = await read(Readable.from(chunks, { objectMode: false }));
    expect(secret).toEqual({
      type: 'registry',
      host: 'ghcr.io',
      values: { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: password },
    });
  });

  it.each([
    ['empty', []],
    ['only a line end', ['\n']],
    ['endless', Array.from({ length: 100 }, () => Buffer.alloc(1000))],
  ])('is refused when it is %s', async (_what, chunks) => {
    await expect(read(Readable.from(chunks, { objectMode: false }))).rejects.toMatchObject({ code: 'usage' });
  });

  it('is not read from a terminal, which would show it', async () => {
    const terminal = Object.assign(Readable.from(['token']), { isTTY: true });
    await expect(read(terminal)).rejects.toMatchObject({ code: 'usage' });
  });
});

function asked(options: PullArguments) {
  const { reference } = options;
  return { reference, options, command: 'pull', signal: new AbortController().signal };
}

function failureOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    return reportError(error);
  }
  throw new Error('it was taken');
}
