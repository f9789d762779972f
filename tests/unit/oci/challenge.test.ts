import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '#lib/oci/challenge.ts';

describe('WWW-Authenticate', () => {
  it.each<[string, ReturnType<typeof parseChallenges>]>([
    ['', []],
    ['   ,, ', []],
    ['Basic', [{ scheme: 'basic', parameters: {} }]],
    ['Basic realm="Registry"', [{ scheme: 'basic', parameters: { realm: 'Registry' } }]],
    [
      'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: {
            realm: 'https://auth.example.com/token',
            service: 'registry.example.com',
            scope: 'repository:a/b:pull,push',
          },
        },
      ],
    ],
    ['BEARER REALM = "r" , Service\t=\ts', [{ scheme: 'bearer', parameters: { realm: 'r', service: 's' } }]],
    [
      'Basic realm="a, Bearer realm=b", Bearer realm="c"',
      [
        { scheme: 'basic', parameters: { realm: 'a, Bearer realm=b' } },
        { scheme: 'bearer', parameters: { realm: 'c' } },
      ],
    ],
    [
      'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
      [
        { scheme: 'newauth', parameters: { realm: 'apps', type: '1', title: 'Login to "apps"' } },
        { scheme: 'basic', parameters: { realm: 'simple' } },
      ],
    ],
    ['Bearer slashed="he\\"\\l\\lo"', [{ scheme: 'bearer', parameters: { slashed: 'he"llo' } }]],
    ['Bearer empty=""', [{ scheme: 'bearer', parameters: { empty: '' } }]],
    [
      'Negotiate, NTLM, Basic realm=x',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'ntlm', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'x' } },
      ],
    ],
    [
      'Negotiate YIICgICAgI==, Bearer realm="r"',
      [
        { scheme: 'negotiate', parameters: {}, token68: 'YIICgICAgI==' },
        { scheme: 'bearer', parameters: { realm: 'r' } },
      ],
    ],
    [', ,Bearer realm="r",,service="s",', [{ scheme: 'bearer', parameters: { realm: 'r', service: 's' } }]],
    ['Bearer realm="first",realm="second"', [{ scheme: 'bearer', parameters: { realm: 'first' } }]],
    // Not by the grammar, but sent by servers: no comma, no quotes around an address, no closing quote.
    ['Bearer realm="r" service="s"', [{ scheme: 'bearer', parameters: { realm: 'r', service: 's' } }]],
    [
      'Bearer realm=https://a.example/t,service=s',
      [{ scheme: 'bearer', parameters: { realm: 'https://a.example/t', service: 's' } }],
    ],
    ['Bearer realm="open', [{ scheme: 'bearer', parameters: { realm: 'open' } }]],
    ['Bearer realm="ends with \\"', [{ scheme: 'bearer', parameters: { realm: 'ends with "' } }]],
    ['"quoted" Basic', []],
    ['=x', []],
  ])('%s', (header, challenges) => {
    expect(parseChallenges(header)).toEqual(challenges);
  });

  it('takes a parameter called __proto__ for what it is', () => {
    const [challenge] = parseChallenges('Bearer __proto__="x", realm="r"');
    expect(challenge?.parameters.realm).toBe('r');
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it('never throws, and is bounded', () => {
    const near = fc.string({ unit: fc.constantFrom(...'aB=", \t\\/1+~'), maxLength: 300 });
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ maxLength: 3000 })), (header) => {
        const challenges = parseChallenges(header);
        expect(challenges.length).toBeLessThanOrEqual(16);
        for (const { scheme, parameters } of challenges) {
          expect(scheme).toBe(scheme.toLowerCase());
          expect(Object.keys(parameters).length).toBeLessThanOrEqual(32);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('reads back what the grammar writes', () => {
    const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
    const value = fc.string({ unit: 'binary-ascii', maxLength: 40 });
    const challenge = fc.record({
      scheme: token,
      parameters: fc.dictionary(token, value, { minKeys: 1, maxKeys: 5 }),
    });
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 4 }), (challenges) => {
        const header = challenges
          .map(({ scheme, parameters }) => {
            const written = Object.entries(parameters).map(
              ([name, text]) => `${name}="${text.replace(/[\\"]/g, '\\$&')}"`,
            );
            return `${scheme} ${written.join(', ')}`;
          })
          .join(', ');
        expect(parseChallenges(header).map((one) => ({ ...one, parameters: { ...one.parameters } }))).toEqual(
          challenges.map((one) => ({ ...one, parameters: { ...one.parameters } })),
        );
      }),
    );
  });

  it.each([
    [`Bearer ${'a='.repeat(100_000)}`],
    [`Bearer realm="${'\\'.repeat(100_000)}`],
    ['Bearer a'.repeat(50_000)],
    [`Bearer ${'a'.repeat(100_000)}!`],
  ])('is fast on a header made to be slow (%#)', (header) => {
    const before = process.threadCpuUsage();
    parseChallenges(header);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(200);
  });
});
