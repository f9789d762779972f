import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidReferenceError } from '#lib/oci/input-errors.ts';
import { formatReference, isRepository, parseReference, targetOf } from '#lib/oci/reference.ts';

const hex = 'a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4';
const digest = `sha256:${hex}`;
const long = `sha512:${hex}${hex}`;

describe('a reference in its normalised form', () => {
  it.each([
    ['ubuntu', 'docker.io/library/ubuntu:latest'],
    ['ubuntu:22.04', 'docker.io/library/ubuntu:22.04'],
    ['library/ubuntu', 'docker.io/library/ubuntu:latest'],
    ['docker.io/ubuntu', 'docker.io/library/ubuntu:latest'],
    ['docker.io/library/ubuntu', 'docker.io/library/ubuntu:latest'],
    ['index.docker.io/ubuntu', 'docker.io/library/ubuntu:latest'],
    ['index.docker.io/acme/app:1', 'docker.io/acme/app:1'],
    ['acme/app', 'docker.io/acme/app:latest'],
    ['acme/app/part', 'docker.io/acme/app/part:latest'],
    ['ghcr.io/acme/app', 'ghcr.io/acme/app:latest'],
    ['ghcr.io/app', 'ghcr.io/app:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['registry:5000/app', 'registry:5000/app:latest'],
    ['app:5000', 'docker.io/library/app:5000'],
    ['Registry/app', 'Registry/app:latest'],
    ['EXAMPLE.com:80/app', 'EXAMPLE.com:80/app:latest'],
    ['xn--n3h.com/app:xn--n3h.com', 'xn--n3h.com/app:xn--n3h.com'],
    ['192.168.1.1/app', '192.168.1.1/app:latest'],
    ['192.168.1.1:5000/app:5050', '192.168.1.1:5000/app:5050'],
    ['192.168.1.1:tag', 'docker.io/library/192.168.1.1:tag'],
    ['[2001:db8::1]/app', '[2001:db8::1]/app:latest'],
    ['[2001:db8::1]:5000/app:1', '[2001:db8::1]:5000/app:1'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    [`ubuntu@${digest}`, `docker.io/library/ubuntu@${digest}`],
    [`ghcr.io/acme/app:1@${digest}`, `ghcr.io/acme/app:1@${digest}`],
    [`ghcr.io/acme/app@${long}`, `ghcr.io/acme/app@${long}`],
    ['a/b__c/d-e--f.g', 'docker.io/a/b__c/d-e--f.g:latest'],
    ['a.b/c', 'a.b/c:latest'],
    ['app:_underscored', 'docker.io/library/app:_underscored'],
    [`app:${'a'.repeat(128)}`, `docker.io/library/app:${'a'.repeat(128)}`],
    [`ghcr.io/${'a'.repeat(255)}`, `ghcr.io/${'a'.repeat(255)}:latest`],
    [`x.io/${hex}`, `x.io/${hex}:latest`],
    [`${hex}:tag`, `docker.io/library/${hex}:tag`],
    [digest, `docker.io/library/${digest}`],
    [hex.slice(1), `docker.io/library/${hex.slice(1)}:latest`],
  ])('%s is %s', (text, normalised) => {
    expect(formatReference(parseReference(text))).toBe(normalised);
    expect(parseReference(normalised)).toEqual(parseReference(text));
  });

  it('keeps tag and digest, and asks for the digest', () => {
    const reference = parseReference(`ghcr.io/acme/app:1@${digest}`);
    expect(reference).toEqual({ registry: 'ghcr.io', repository: 'acme/app', tag: '1', digest });
    expect(targetOf(reference)).toBe(digest);
    expect(targetOf(parseReference('acme/app:1'))).toBe('1');
  });
});

describe('text that is no reference', () => {
  it.each([
    ['', 'empty', undefined],
    ['   ', 'empty', undefined],
    [' ubuntu', 'white space', 'ubuntu'],
    ['ubuntu\n', 'white space', 'ubuntu'],
    ['ubuntu latest', 'white space', undefined],
    ['docker pull ubuntu:22.04', 'command', 'ubuntu:22.04'],
    ['FROM ubuntu', 'command', 'ubuntu'],
    ['https://ghcr.io/acme/app:1', 'https://', 'ghcr.io/acme/app:1'],
    ['https://ghcr.io/v2/acme/app', 'https://', 'ghcr.io/acme/app'],
    ['docker://acme/app', 'docker://', 'acme/app'],
    ['https://', 'https://', undefined],
    ['acme/App', 'lower case', 'acme/app'],
    ['Ubuntu', 'lower case', 'ubuntu'],
    ['localhost:5000/Acme/app:V1', 'lower case', 'localhost:5000/acme/app:V1'],
    [':tag', 'no repository', undefined],
    [`@${digest}`, 'no repository', undefined],
    [hex, 'image id', undefined],
    ['app:', 'last colon', undefined],
    ['app:-tag', 'not a tag', undefined],
    ['app:.tag', 'not a tag', undefined],
    [`app:${'a'.repeat(129)}`, '129 characters', undefined],
    ['app@', 'follows the @', undefined],
    ['app@sha256:abc', '64 hexadecimal digits', undefined],
    [`app@sha256:${hex.toUpperCase()}`, 'lower case', `app@${digest}`],
    [`app@md5:${hex}`, 'sha256 and sha512', undefined],
    [`app@${digest}@${digest}`, 'more than one @', undefined],
    ['app//part', 'empty', undefined],
    ['/app', 'empty', undefined],
    ['ghcr.io/', 'no repository', undefined],
    ['ghcr.io/app/', 'empty', undefined],
    ['ghcr.io//app', 'empty', undefined],
    ['-app', '“-app”', undefined],
    ['app-', '“app-”', undefined],
    ['a/b..c', '“b..c”', undefined],
    ['a/b___c', '“b___c”', undefined],
    ['a/_b', '“_b”', undefined],
    ['aa/asdf$$^/aa', '“$”', undefined],
    ['acme/äpp', '“ä”', undefined],
    ['-bad.example.com/app', '“-bad.example.com”', undefined],
    ['host:port/app', '“host:port”', undefined],
    ['[2001:db8::1]', 'no repository', undefined],
    ['[fe80::1%eth0]:5000/app', '“%”', undefined],
    [`ghcr.io/${'a'.repeat(256)}`, '256 characters', undefined],
    ['a'.repeat(5000), 'longer than any', undefined],
  ])('%#: %s', (text, why, suggestion) => {
    const fault = faultOf(text);
    expect(fault.advice.why).toContain(why);
    expect(fault.suggestion).toBe(suggestion);
    if (suggestion !== undefined) expect(fault.advice.next).toBe(`Did you mean ${suggestion}?`);
  });
});

describe('any text', () => {
  const near = fc.string({ unit: fc.constantFrom(...'aZ09._-/:@[]% \n\\"é'), maxLength: 80 });

  it('is a reference that reads back, or an error with advice', () => {
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ maxLength: 2000 })), (text) => {
        try {
          const reference = parseReference(text);
          expect(parseReference(formatReference(reference))).toEqual(reference);
          expect(isRepository(reference.repository)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidReferenceError);
          const { suggestion } = error as InvalidReferenceError;
          if (suggestion !== undefined) parseReference(suggestion);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a-'.repeat(500)],
    [`${'a'.repeat(1000)}!`],
    [`${'a.'.repeat(500)}/`],
    [`${'-'.repeat(1000)}a`],
    [`${'a__'.repeat(300)}!`],
  ])('is decided fast (%#)', (text) => {
    const before = process.threadCpuUsage();
    faultOf(text);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(200);
  });
});

function faultOf(text: string): InvalidReferenceError {
  try {
    throw new Error(`taken as ${formatReference(parseReference(text))}`);
  } catch (error) {
    if (error instanceof InvalidReferenceError) return error;
    throw error;
  }
}
