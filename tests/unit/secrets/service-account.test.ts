import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sensitiveValues } from '#lib/secrets/sensitive-values.ts';
import { validateSecret } from '#lib/secrets/validate-secret.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;
const file = {
  type: 'service_account',
  project_id: 'tidewater-prod',
  private_key_id: '4c1d9a0700000000000000000000000000000b2e',
  private_key: pem,
  client_email: 'slipway-pull@tidewater-prod.iam.gserviceaccount.com',
  client_id: '100000000000000000000',
  token_uri: 'https://oauth2.googleapis.com/token',
  universe_domain: 'googleapis.com',
};
const json = JSON.stringify(file, null, 2);
const check = (text: string) => validateSecret({ type: 'gcp', values: { SERVICE_ACCOUNT_JSON: text } });
const problemOf = (text: string) => check(text).problems.SERVICE_ACCOUNT_JSON;
const withKey = (private_key: unknown) => JSON.stringify({ ...file, private_key });
const body = pem.split('\n').slice(1, -2);

describe('is read however it was pasted', () => {
  test.each([
    ['as it is', json],
    ['on one line', JSON.stringify(file)],
    ['with a byte order mark', `\ufeff${json}`],
    ['with CRLF', json.replaceAll('\n', '\r\n')],
    ['in single quotes', `'${json}'`],
    ['in double quotes', `"${json}"`],
    ['in back quotes', `\`${json}\``],
    ['as a JSON string', JSON.stringify(json)],
    ['as a JSON string twice', JSON.stringify(JSON.stringify(json))],
    ['with its name as in a dotenv file', `SERVICE_ACCOUNT_JSON=${JSON.stringify(file)}`],
    ['with its name and quotes as in a shell', `export SERVICE_ACCOUNT_JSON='${json}'`],
    ['in a fence as in a chat', `\`\`\`json\n${json}\n\`\`\``],
    ['in a fence without a language', `\`\`\`\n${json}\`\`\``],
    ['escaped, without the quotes around it', JSON.stringify(JSON.stringify(file)).slice(1, -1)],
    ['escaped over many lines, without the quotes around it', json.replace(/[\\"]/g, '\\$&')],
    ['as base64 in single quotes', `'${Buffer.from(json).toString('base64')}'`],
    ['as base64 of a JSON string’s text', Buffer.from(` ${json} `).toString('base64')],
    ['as base64', Buffer.from(json).toString('base64')],
    ['as base64 with line ends', Buffer.from(json).toString('base64').replace(/.{76}/g, '$&\n')],
    ['as base64url', Buffer.from(json).toString('base64url')],
    ['as base64 of a file with a byte order mark', Buffer.from(`\ufeff${json}`).toString('base64')],
    ['with the line ends of the key doubled', withKey(pem.replaceAll('\n', '\\n'))],
    ['with the line ends of the key doubled twice', withKey(pem.replaceAll('\n', '\\\\n'))],
    ['with CRLF doubled in the key', withKey(pem.replaceAll('\n', '\\r\\n'))],
    ['with the line ends of the key undone', json.replaceAll('\\n', '\n')],
    ['with the line ends of the key eaten', withKey(pem.replaceAll('\n', ''))],
    ['with the line ends of the key turned to spaces', withKey(pem.replaceAll('\n', ' '))],
    ['without the last line end of the key', withKey(pem.trim())],
  ])('%s', (_, text) => {
    const checked = check(text);
    expect(checked.problems).toEqual({});
    expect(JSON.parse(checked.values.SERVICE_ACCOUNT_JSON ?? '')).toEqual(file);
    expect(checked.facts).toEqual({
      client_email: file.client_email,
      project_id: 'tidewater-prod',
      private_key_id: file.private_key_id,
    });
    expect(checked.host).toBe('*-docker.pkg.dev');
    expect(checked.warnings).toEqual({});
  });

  test('and its key signs afterwards', () => {
    const { values } = check(withKey(pem.replaceAll('\n', '')));
    const key = createPrivateKey(JSON.parse(values.SERVICE_ACCOUNT_JSON ?? '').private_key);
    expect(key.asymmetricKeyType).toBe('rsa');
  });
});

describe('what is wrong is named', () => {
  test.each([
    ['an OAuth client', '{"installed":{"client_id":"x","client_secret":"y"}}', /OAuth client/],
    ['an OAuth web client', '{"web":{"client_id":"x"}}', /OAuth client/],
    ['a gcloud sign-in', '{"type":"authorized_user","refresh_token":"1//x"}', /your own sign-in/],
    ['workload identity', '{"type":"external_account"}', /workload identity/],
    ['impersonation', '{"type":"impersonated_service_account"}', /impersonate/],
    ['another type', '{"type":"toString"}', /type says service_account/],
    ['no type', '{"a":1}', /type says service_account/],
    ['a list', `[${json}]`, /begins with \{/],
    ['a path', '/home/ines/key.json', /not its name/],
    ['the key alone', pem, /not the private key alone/],
    ['an access token', 'ya29.a0AfH6SMBx', /access token/],
    ['words', 'hello', /begins with \{/],
    ['nothing but quotes', '"'.repeat(32_000), /begins with \{/],
    ['half of it', json.slice(0, 900), /the end is missing/],
    ['curly quotes', json.replaceAll('"', '\u201d'), /word processor/],
    ['a lost comma', json.replace(',', ''), /not JSON any more/],
    ['no key', withKey(undefined), /private_key is missing/],
    ['an empty key', withKey(' '), /private_key is missing/],
    ['a key that is no text', withKey(7), /private_key is missing/],
    [
      'two gaps',
      JSON.stringify({ ...file, private_key: 1, client_email: '' }),
      /private_key and client_email are missing/,
    ],
    [
      'a person’s address',
      JSON.stringify({ ...file, client_email: 'ines@example.com' }),
      /gserviceaccount\.com/,
    ],
    ['a key cut at its end', withKey(pem.slice(0, 1000)), /cut short/],
    [
      'a key without its middle',
      withKey([pem.split('\n')[0], ...body.slice(0, 5), '-----END PRIVATE KEY-----', ''].join('\n')),
      /cut short/,
    ],
    [
      'a key without its first lines',
      withKey([pem.split('\n')[0], ...body.slice(3), '-----END PRIVATE KEY-----', ''].join('\n')),
      /altered|cut short/,
    ],
    [
      'a key with a foreign letter',
      withKey(pem.replace(body[3] ?? '', `${(body[3] ?? '').slice(0, -1)}*`)),
      /altered/,
    ],
    [
      'a key of the older format',
      withKey(pem.replaceAll('PRIVATE KEY', 'RSA PRIVATE KEY')),
      /another format/,
    ],
    ['the id in place of the key', withKey(file.private_key_id), /does not begin with/],
  ])('%s', (_, text, sentence) => {
    expect(problemOf(text)).toMatch(sentence);
    expect(check(text).facts).toEqual({});
  });

  test('a token address that is not Google’s is taken with a warning', () => {
    const { problems, warnings } = check(JSON.stringify({ ...file, token_uri: 'https://tokens.example/t' }));
    expect(problems).toEqual({});
    expect(warnings.SERVICE_ACCOUNT_JSON).toMatch(/registries\.json/);
  });
});

test('of a key file the private key is sensitive, of AWS keys the secret half, of custom secrets everything', () => {
  expect(sensitiveValues({ type: 'gcp', values: { SERVICE_ACCOUNT_JSON: json } })).toEqual([pem]);
  expect(sensitiveValues({ type: 'gcp', values: { SERVICE_ACCOUNT_JSON: 'broken' } })).toEqual(['broken']);
  expect(
    sensitiveValues({
      type: 'aws',
      values: { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'c' },
    }),
  ).toEqual(['b']);
  expect(sensitiveValues({ type: 'custom', values: { A: 'a', B: 'b' } })).toEqual(['a', 'b']);
});
