import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '#lib/log/redact.ts';
import { formsOf } from '#lib/log/value-forms.ts';

const password = 'p@ss/w0rd +"quo\\te" <ü~!>';
const pem = [
  '-----BEGIN PRIVATE KEY-----',
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
  'BKcwggSjAgEAAoIBAQC7/+x',
  '-----END PRIVATE KEY-----',
  '',
].join('\n');
const hide = (text: string, ...values: string[]) => createRedactor(values).text(text);

describe('a value is hidden', () => {
  const bytes = Buffer.from(password);
  const form = new URLSearchParams({ p: password }).toString().slice(2);
  test.each([
    ['raw', password],
    ['in JSON', JSON.stringify(password).slice(1, -1)],
    ['in JSON in JSON', JSON.stringify(JSON.stringify(password).slice(1, -1)).slice(1, -1)],
    ['in JSON with escaped slashes', JSON.stringify(password).slice(1, -1).replaceAll('/', '\\/')],
    [
      'in JSON as Go writes it',
      JSON.stringify(password).slice(1, -1).replace('<', '\\u003c').replace('>', '\\u003e'),
    ],
    ['in JSON with escaped letters', JSON.stringify(password).slice(1, -1).replace('ü', '\\u00fc')],
    ['as hex', bytes.toString('hex')],
    ['as hex in capitals', bytes.toString('hex').toUpperCase()],
    ['percent-encoded', encodeURIComponent(password)],
    [
      'percent-encoded in lower case',
      encodeURIComponent(password).replace(/%../g, (code) => code.toLowerCase()),
    ],
    ['percent-encoded strictly', encodeURIComponent(password).replace('!', '%21')],
    ['percent-encoded but for slashes', encodeURIComponent(password).replace('%2F', '/')],
    ['as a form', form],
    ['as a form in lower case', form.replace(/%../g, (code) => code.toLowerCase())],
  ])('%s', (_, text) => {
    expect(hide(`before ${text} after`, password)).toBe('before *** after');
  });

  test.each(['', 'a', 'ab', 'abc', 'user:', 'some-user:', 'AWS:'])('as base64 behind %j', (before) => {
    for (const after of ['', 'x', 'xy', 'xyz']) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const text = Buffer.from(before + password + after).toString(encoding);
        const hidden = hide(text, password);
        expect(hidden).toContain('***');
        // What is left is the user name and, at each end, at most one character that shares bits with the value.
        const left = Buffer.from(hidden.split('***')[0] ?? '', 'base64').toString('latin1');
        expect(left.startsWith(before)).toBe(true);
        expect(left.length).toBeLessThanOrEqual(before.length + 1);
        expect(hidden.length).toBeLessThan(text.length - Buffer.byteLength(password));
      }
    }
  });

  test.each([
    ['whole', pem],
    ['with escaped line ends', pem.replaceAll('\n', '\\n')],
    ['with CRLF', pem.replaceAll('\n', '\r\n')],
    ['with escaped CRLF', pem.replaceAll('\n', '\\r\\n')],
    ['in JSON', JSON.stringify({ private_key: pem })],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ private_key: pem }))],
    ['as base64 of JSON', Buffer.from(JSON.stringify({ a: 1, private_key: pem })).toString('base64')],
    [
      'as single lines',
      pem
        .split('\n')
        .map((line, index) => `${index}: ${line}`)
        .join('\n'),
    ],
    ['indented', pem.replaceAll('\n', '\n    ')],
  ])('over several lines, %s', (_, text) => {
    const hidden = hide(text, pem);
    expect(hidden).toContain('***');
    expect(hidden).not.toMatch(/MIIEvQIBADAN|BKcwggSjAgEA/);
    expect(hidden).not.toContain(Buffer.from('MIIEvQIBADANBgkq').toString('base64').slice(2, -4));
  });
});

describe('what is no value stays', () => {
  test('values under eight characters are no patterns', () => {
    expect(hide('secret: hunter2, hunter22', 'hunter2')).toBe('secret: hunter2, hunter22');
    expect(hide('secret: hunter2, hunter22', 'hunter22')).toBe('secret: hunter2, ***');
    expect(hide('abc\nlonger line', 'abc\nlonger line')).toBe('***');
    expect(hide('abc longer line', 'abc\nlonger line')).toBe('abc ***');
  });

  test('nor is the armour of a key, by itself', () => {
    expect(hide('expected -----BEGIN PRIVATE KEY-----', pem)).toBe('expected -----BEGIN PRIVATE KEY-----');
  });

  test('text without values is not touched, and nothing is held back', () => {
    const stream = createRedactor([]).stream();
    expect(stream.push('any text')).toBe('any text');
    expect(stream.end()).toBe('');
  });
});

test('one run of occurrences is one mark, whether they overlap, touch or lie inside each other', () => {
  expect(hide('xabcdefghijx', 'abcdefgh', 'cdefghij')).toBe('x***x');
  expect(hide('xabcdefghabcdefghx', 'abcdefgh')).toBe('x***x');
  expect(hide('xabcdefghijklx', 'abcdefghijkl', 'cdefghij')).toBe('x***x');
  expect(hide('aaaaaaaaaaaa', 'aaaaaaaa')).toBe('***');
});

test('the mark is never part of a value', () => {
  expect(hide('x ******** y', '********')).toBe('x ••• y');
  expect(hide('abc*efgh*****', 'abc*efgh', '********')).toBe('•••*****');
  expect(hide('*•▒*•▒*•▒', '*•▒*•▒*•▒')).toBe('\ue000');
});

test('a value that is added is hidden from there on, in streams under way too', () => {
  const redactor = createRedactor(['password-one']);
  const stream = redactor.stream();
  expect(stream.push('token-12')).toBe('token-12');
  expect(stream.push(' pass')).toBe(' ');
  redactor.add('token-123456');
  expect(stream.push('word-one token-123')).toBe('*** ');
  expect(stream.push('456 now') + stream.end()).toBe('*** now');
});

test('only what could become an occurrence is held back', () => {
  const stream = createRedactor(['abcdefgh']).stream();
  expect(stream.push('one two')).toBe('one two');
  expect(stream.push(' abc')).toBe(' ');
  expect(stream.push('d')).toBe('');
  expect(stream.push('x')).toBe('abcdx');
  expect(stream.push('abcdefg')).toBe('');
  expect(stream.end()).toBe('abcdefg');
});

/** Few letters, so that occurrences overlap, and the mark among them. */
const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 0, maxLength: 60 });
const values = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 6, maxLength: 14 }), {
  maxLength: 5,
});

test('however a text is cut, it comes out as the redaction of the whole, and no pattern survives', () => {
  fc.assert(
    fc.property(values, fc.array(letters, { maxLength: 12 }), (secrets, chunks) => {
      const redactor = createRedactor(secrets);
      const stream = redactor.stream();
      const streamed = chunks.map((chunk) => stream.push(chunk)).join('') + stream.end();
      const patterns = [...new Set(secrets.flatMap((value) => [...formsOf(value)]))];
      expect(streamed).toBe(naiveRedaction(chunks.join(''), patterns));
      expect(redactor.text(chunks.join(''))).toBe(streamed);
      expect(patterns.filter((pattern) => streamed.includes(pattern))).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test('whatever the values and the text are, it does not throw and leaves no value', () => {
  const anything = fc.string({ unit: 'binary', minLength: 8, maxLength: 40 });
  fc.assert(
    fc.property(anything, anything, anything, (value, before, after) => {
      const lone = `${value}\ud800`;
      const hidden = hide(before + lone + after, lone);
      expect(hidden).not.toContain(lone);
      expect(() => hide(before + after, value, before)).not.toThrow();
    }),
  );
});

test('long values with a common beginning in a long log: a search that grows with both would not end in time', () => {
  const long = Array.from({ length: 300 }, (_, index) => `${index * 7919}`.padStart(90, 'kq')).join('\n');
  const redactor = createRedactor([long, 'a'.repeat(32_768), pem]);
  const stream = redactor.stream();
  const line = `${'a'.repeat(60)} compiling module number 12 of a great many, see the log\n`;
  let length = 0;
  for (let count = 0; count < 8_000; count += 1) length += stream.push(line).length;
  length += stream.end().length;
  expect(length).toBe(line.length * 8_000);
});

/** What redaction means, without any thought for speed or streams. */
function naiveRedaction(text: string, patterns: readonly string[]): string {
  const covered = new Array<boolean>(text.length).fill(false);
  for (const pattern of patterns) {
    for (let at = text.indexOf(pattern); at !== -1; at = text.indexOf(pattern, at + 1))
      covered.fill(true, at, at + pattern.length);
  }
  const mark =
    ['***', '•••'].find((one) => !patterns.some((pattern) => pattern.includes(one.charAt(0)))) ?? '';
  let output = '';
  for (let at = 0; at < text.length; at += 1) {
    if (!covered[at]) output += text[at];
    else if (at === 0 || !covered[at - 1]) output += mark;
  }
  return output;
}
